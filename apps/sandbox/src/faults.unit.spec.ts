import { expect, test } from 'vitest';
import { FaultPlans, type FaultPlan, type FaultSubject } from './faults.js';
import { completeFault } from './vendors/complete-fault.js';

const anywhere = { vendor: null, token: null, phoneId: null, topic: null, environment: null } as const;
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
  faults.add(plan({ scope: { ...anywhere, vendor: 'apns', token: 't1' } }));
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

const answer = (reason: string, vendor: 'apns' | 'fcm' | null): FaultPlan =>
  plan({
    scope: { ...anywhere, vendor },
    action: { kind: 'answer', reason, status: null, retryAfterSeconds: null },
  });

test('a reason that one vendor has narrows the fault to it; one that nobody has is refused', () => {
  expect(completeFault(answer('Unregistered', null))?.scope.vendor).toBe('apns');
  expect(completeFault(answer('UNREGISTERED', null))?.scope.vendor).toBe('fcm');
  expect(completeFault(answer('UNREGISTERED', 'apns'))).toBeNull();
  expect(completeFault(answer('Unheard', null))).toBeNull();
});
