import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Heard, LineHealth } from './line-health.js';

const accepted: PushOutcome = { kind: 'accepted', vendorId: null };
const deferred = (
  reason: 'vendor-unavailable' | 'no-answer' | 'throttled' | 'not-sent',
  vendorCode: string,
) => ({ kind: 'deferred', reason, vendorCode, retryAfterMs: null }) as const;
const unavailable = deferred('vendor-unavailable', '503');
const gone: PushOutcome = {
  kind: 'rejected',
  reason: 'token-unregistered',
  vendorCode: 'Unregistered',
  observedAt: null,
};
let tokens = 0;
/** Each of another token. */
const many = (count: number, outcome: PushOutcome): Heard[] =>
  Array.from({ length: count }, () => ({ tokenRef: `ref-${(tokens += 1)}`, outcome }));
const one = (outcome: PushOutcome): Heard[] => many(1, outcome);

let health: LineHealth;
beforeEach(() => {
  health = new LineHealth();
});

describe('an outage', () => {
  it('is when most pushes fail for more than two seconds', () => {
    expect(health.heed(many(500, unavailable), 0)).toBeNull();
    expect(health.heed(many(500, unavailable), 1_900)).toBeNull();
    expect(health.heed(one(unavailable), 2_000)).toEqual({ kind: 'outage', cause: '503' });
  });
  it('is no connection that breaks with everything on it', () => {
    expect(health.heed(many(500, deferred('no-answer', 'cut')), 0)).toBeNull();
    for (let second = 1; second < 20; second += 1)
      expect(health.heed(many(100, accepted), second * 1_000)).toBeNull();
  });
  it('is no minority, and no single push that fails again and again', () => {
    for (let second = 0; second < 30; second += 1) {
      expect(health.heed([...many(60, accepted), ...many(40, unavailable)], second * 1_000)).toBeNull();
    }
    health = new LineHealth();
    for (let minute = 0; minute < 30; minute += 1)
      expect(health.heed(one(unavailable), minute * 60_000)).toBeNull();
  });
  it('is not what a vendor throttles, and not what was withdrawn here', () => {
    for (let second = 0; second < 30; second += 1) {
      const now = second * 1_000;
      expect(health.heed(many(100, deferred('throttled', '429')), now)).toBeNull();
      expect(health.heed(many(100, deferred('not-sent', 'withdrawn')), now)).toBeNull();
    }
  });
  it('is counted anew once it was told', () => {
    health.heed(many(10, unavailable), 0);
    expect(health.heed(one(unavailable), 2_000)).not.toBeNull();
    expect(health.heed(many(100, unavailable), 3_000)).toBeNull();
  });
});

describe('tokens that die', () => {
  it('one in twenty is the way of the world', () => {
    for (let second = 0; second < 60; second += 1)
      expect(health.heed([...many(95, accepted), ...many(5, gone)], second * 1_000)).toBeNull();
  });
  it('three in five at once are suspicious', () => {
    expect(health.heed([...many(40, accepted), ...many(60, gone)], 0)).toEqual({
      kind: 'condemned',
      cause: '60 of 100 tokens condemned, lately by Unregistered',
    });
  });
  it('a handful is not, whatever their share', () => {
    expect(health.heed(many(19, gone), 0)).toBeNull();
    expect(health.heed(many(19, gone), 61_000)).toBeNull();
    expect(health.heed(one(gone), 61_500)?.kind).toBe('condemned');
  });
  it('one of them is one, however often it is pushed to', () => {
    const again = one(gone);
    for (let push = 0; push < 200; push += 1) expect(health.heed(again, push * 10)).toBeNull();
  });
});
