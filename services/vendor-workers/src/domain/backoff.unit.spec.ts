import { describe, expect, it } from 'vitest';
import { backoffMs, longestBackoffMs, nextAttempt as next, shortestBackoffMs } from './backoff.js';

const now = 1_000_000;
const renewsAt = now + 50_000;
type Attempt = Parameters<typeof next>;
const nextAttempt = (deferred: Attempt[0], step: number, at: number, random: number) =>
  next(deferred, step, at, random, renewsAt);
const deferred = (reason: Parameters<typeof nextAttempt>[0]['reason'], retryAfterMs: number | null = null) =>
  ({ kind: 'deferred', reason, vendorCode: 'x', retryAfterMs }) as const;

describe('nextAttempt', () => {
  it.each([0, 0.5, 0.999])('keeps Retry-After to the millisecond (random %d)', (random) => {
    expect(nextAttempt(deferred('throttled', 2_000), 3, now, random)).toEqual({
      notBefore: now + 2_000,
      backoffStep: 4,
    });
    expect(nextAttempt(deferred('vendor-unavailable', 7_500), 0, now, random).notBefore).toBe(now + 7_500);
  });

  it('tries again at once after a renewed credential, and the backoff does not grow', () => {
    expect(nextAttempt(deferred('credential-expired'), 2, now, 0.9)).toEqual({
      notBefore: now,
      backoffStep: 2,
    });
  });

  it('tries again soon what was not sent, and the backoff does not grow', () => {
    const next = nextAttempt(deferred('not-sent'), 2, now, 0.9);
    expect(next.backoffStep).toBe(2);
    expect(next.notBefore - now).toBeGreaterThan(0);
    expect(next.notBefore - now).toBeLessThanOrEqual(250);
  });

  it.each(['throttled', 'vendor-unavailable', 'no-answer'] as const)('backs off after %s', (reason) => {
    expect(nextAttempt(deferred(reason), 0, now, 0)).toEqual({ notBefore: now + 1_000, backoffStep: 1 });
    expect(nextAttempt(deferred(reason), 5, now, 0.5).notBefore).toBe(now + backoffMs(5, 0.5));
  });
});

describe('backoffMs', () => {
  it('stays between one second and a ceiling that doubles up to 15 minutes', () => {
    let last = 0;
    for (let step = 0; step < 40; step += 1) {
      expect(backoffMs(step, 0)).toBe(shortestBackoffMs);
      const most = backoffMs(step, 0.999_999);
      expect(most).toBeGreaterThanOrEqual(last);
      expect(most).toBeLessThanOrEqual(longestBackoffMs);
      last = most;
    }
    expect(last).toBeGreaterThan(longestBackoffMs - 1_000);
  });
});
