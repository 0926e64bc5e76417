import { expect, test } from 'vitest';
import { completeFault, type RequestName } from './complete-fault.js';
import { FaultPlans, type FaultPlan, type FaultSubject } from './faults.js';

const anywhere = { vendors: null, token: null, phoneId: null, topic: null, environment: null } as const;
const subject: FaultSubject = {
  vendor: 'apns',
  token: 't1',
  phoneId: 'p1',
  topic: 'app',
  environment: 'production',
};
const plan = (changes: Partial<FaultPlan> = {}): FaultPlan => ({
  scope: anywhere,
  action: { kind: 'cut-before' },
  count: null,
  after: 0,
  probability: 1,
  seed: 1,
  ...changes,
});

test('all fields of a scope must agree', () => {
  const faults = new FaultPlans();
  faults.add(plan({ scope: { ...anywhere, vendors: ['apns'], token: 't1' } }));
  expect(faults.match(subject)).toEqual({ kind: 'cut-before' });
  expect(faults.match({ ...subject, token: 't2' })).toBeNull();
  expect(faults.match({ ...subject, vendor: 'fcm' })).toBeNull();
});

test('so many pass first, then so many are touched', () => {
  const faults = new FaultPlans();
  faults.add(plan({ after: 2, count: 1 }));
  const touched = Array.from({ length: 5 }, () => faults.match(subject) !== null);
  expect(touched).toEqual([false, false, true, false, false]);
  expect(faults.list()).toMatchObject([{ applied: 1 }]);
});

test('a used-up fault makes room for the next one', () => {
  const faults = new FaultPlans();
  faults.add(plan({ count: 1 }));
  faults.add(plan({ action: { kind: 'half-open' } }));
  expect([faults.match(subject)?.kind, faults.match(subject)?.kind]).toEqual(['cut-before', 'half-open']);
});

test('one seed draws the same requests, another seed others', () => {
  const draw = (seed: number): boolean[] => {
    const faults = new FaultPlans();
    faults.add(plan({ probability: 0.3, seed }));
    return Array.from({ length: 200 }, () => faults.match(subject) !== null);
  };
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  const share = draw(7).filter(Boolean).length / 200;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.4);
});

test('one is forgotten by its id, all without', () => {
  const faults = new FaultPlans();
  const id = faults.add(plan());
  faults.add(plan({ action: { kind: 'half-open' } }));
  faults.clear(id);
  expect(faults.match(subject)?.kind).toBe('half-open');
  faults.clear(null);
  expect(faults.isEmpty).toBe(true);
});

const answer = (reason: string, vendor: string | null): FaultPlan =>
  plan({
    scope: { ...anywhere, vendors: vendor === null ? null : [vendor] },
    action: { kind: 'answer', reason, status: null, retryAfterSeconds: null },
  });

const named = (name: string, isOwn: boolean, ...reasons: string[]): RequestName => ({
  name,
  isOwn,
  vendor: { answers: (_name: string, reason: string) => reasons.includes(reason) },
});
const names = [
  named('apns', true, 'Unregistered', 'Shared'),
  named('fcm', true, 'UNREGISTERED', 'Shared'),
  named('oauth', false, 'Shared'),
];

test('a reason touches the vendors that have it, token endpoints only by name; one that nobody has is refused', () => {
  expect(completeFault(answer('Unregistered', null), names)?.scope.vendors).toEqual(['apns']);
  expect(completeFault(answer('UNREGISTERED', null), names)?.scope.vendors).toEqual(['fcm']);
  expect(completeFault(answer('Shared', null), names)?.scope.vendors).toEqual(['apns', 'fcm']);
  expect(completeFault(answer('Shared', 'oauth'), names)?.scope.vendors).toEqual(['oauth']);
  expect(completeFault(answer('UNREGISTERED', 'apns'), names)).toBeNull();
  expect(completeFault(answer('Unheard', null), names)).toBeNull();
});

const request = { vendor: 'huawei', topic: 'app', environment: null };
const targets = ['t1', 't2', 't3'].map((token) => ({ token, phoneId: null }));
const gone = { kind: 'answer', reason: 'gone', status: null, retryAfterSeconds: null } as const;

test('in a request with many targets an answer for one token touches that target alone', () => {
  const faults = new FaultPlans();
  faults.add(plan({ scope: { ...anywhere, token: 't2' }, action: gone, count: 1 }));
  expect(faults.matchTargets(request, targets)).toEqual({ whole: null, byTarget: new Map([[1, gone]]) });
  expect(faults.matchTargets(request, targets)).toEqual({ whole: null, byTarget: new Map() });
  faults.clear(null);
  faults.add(plan({ scope: { ...anywhere, token: 't3' } }));
  expect(faults.matchTargets(request, targets).whole).toEqual({ kind: 'cut-before' });
});

test('what names no token touches the whole request once', () => {
  const faults = new FaultPlans();
  faults.add(plan({ action: gone }));
  expect(faults.matchTargets(request, targets).whole).toEqual(gone);
  expect(faults.list()).toMatchObject([{ applied: 1 }]);
});
