import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

describe('a bucket of ten a second', () => {
  it('takes a burst of ten, then says when there is room', () => {
    const bucket = new TokenBucket(10, 0);
    expect(Array.from({ length: 10 }, () => bucket.take(0))).toEqual(Array.from({ length: 10 }, () => null));
    expect(bucket.take(0)).toBe(100);
    expect(bucket.take(40)).toBe(60);
    expect(bucket.take(100)).toBeNull();
    expect(bucket.take(100)).toBe(100);
  });

  it('is full again after a second, never fuller', () => {
    const bucket = new TokenBucket(10, 0);
    for (let taken = 0; taken < 10; taken += 1) bucket.take(0);
    expect([bucket.isFull(999), bucket.isFull(1_000)]).toEqual([false, true]);
    const later = Array.from({ length: 12 }, () => bucket.take(60_000));
    expect(later.filter((wait) => wait === null)).toHaveLength(10);
  });

  it('takes many at a time or none of them', () => {
    const bucket = new TokenBucket(10, 0);
    expect([bucket.take(0, 8), bucket.take(0, 4), bucket.take(0, 2)]).toEqual([null, 200, null]);
    expect([bucket.take(999, 10), bucket.take(1_000, 10)]).toEqual([1, null]);
  });

  it('is not filled by a clock that goes back', () => {
    const bucket = new TokenBucket(1, 1_000);
    expect(bucket.take(1_000)).toBeNull();
    expect(bucket.take(0)).toBe(1_000);
    expect(bucket.take(500)).toBe(500);
  });
});

it('never lets more through than its rate and one burst', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), steps, (perSecond, pauses) => {
      const bucket = new TokenBucket(perSecond, 0);
      let now = 0;
      let passed = 0;
      for (const pause of pauses) {
        now += pause;
        if (bucket.take(now) === null) passed += 1;
      }
      expect(passed).toBeLessThanOrEqual(perSecond + (now * perSecond) / 1_000 + 1e-6);
    }),
  );
});
