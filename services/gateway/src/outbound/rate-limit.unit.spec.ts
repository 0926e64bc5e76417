import { fixedClock } from '@reveille/chassis/testing/fixed-clock';
import { expect, it } from 'vitest';
import { UserRateLimit } from './rate-limit.js';

it('counts each user of each app alone, and by the rate that the app has now', () => {
  const clock = fixedClock();
  const limit = new UserRateLimit(clock);
  expect(limit.take('a', 'ana', 1)).toBeNull();
  expect(limit.take('a', 'ana', 1)).toEqual({ retryAfterMs: 1_000 });
  expect(limit.take('a', 'bob', 1)).toBeNull();
  expect(limit.take('b', 'ana', 1)).toBeNull();
  expect(limit.take('a', 'ana', 100)).toBeNull();
  clock.advance(1_000);
  limit.sweep();
  expect(limit.take('a', 'bob', 1)).toBeNull();
});
