import type { PushTarget } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import { afterRequest, requestFate, requestKey } from './request-key.js';

const target: PushTarget = {
  user: 'bob',
  deviceId: 'phone',
  tokenRef: 'ref',
  sealedToken: null,
  environment: 'production',
};
describe('what the vendor may remember of a request', () => {
  it.each([
    ['throttled', 1, 'refused'],
    ['vendor-unavailable', 1, 'refused'],
    ['quota-spent', 1, 'refused'],
    ['credential-expired', 1, 'refused'],
    ['credential-refused', 1, 'refused'],
    ['no-answer', 1, 'unanswered'],
    ['not-sent', 0, 'none'],
    // Apple's second environment was not asked.
    ['not-sent', 1, 'none'],
    // Nobody was asked: our own count of the quota, a credential that cannot be had.
    ['quota-spent', 0, 'none'],
    ['vendor-unavailable', 0, 'none'],
    [null, 1, 'none'],
  ] as const)('%s after %i requests: %s', (deferredFor, requests, fate) => {
    expect(requestFate(deferredFor, requests)).toBe(fate);
  });
});

describe('the key of a request', () => {
  const job = { messageId: 'm', redrive: null };
  const keyAfter = (...fates: Parameters<typeof afterRequest>[1][]) =>
    requestKey(job, fates.reduce(afterRequest, target));

  it('stays while nobody knows whether one has arrived', () => {
    expect(keyAfter('unanswered')).toBe(keyAfter());
    expect(keyAfter('none', 'unanswered', 'none')).toBe(keyAfter());
  });

  it('is another one after every refusal, and a refusal after a lost answer forgets that one may have arrived', () => {
    const keys = [keyAfter(), keyAfter('refused'), keyAfter('refused', 'refused')];
    expect(new Set(keys).size).toBe(3);
    expect(keyAfter('refused', 'unanswered')).toBe(keyAfter('refused'));
    expect(afterRequest(afterRequest(target, 'unanswered'), 'refused').mayHaveArrived).toBe(false);
    expect(afterRequest(afterRequest(target, 'unanswered'), 'none').mayHaveArrived).toBe(true);
  });

  it('is another one for every device, message and redrive', () => {
    const redriven = (letter: number) =>
      requestKey({ messageId: 'm', redrive: { letter, attempt: 1, after: 5 } }, target);
    const keys = [
      requestKey(job, target),
      requestKey(job, { deviceId: 'tablet' }),
      requestKey({ messageId: 'n' }, target),
      redriven(7),
      redriven(8),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
