import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TimerWheel } from './timer-wheel.js';

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

function wheelOf(deadlines: Map<number, number>, fired: Map<number, number>) {
  return new TimerWheel(
    (token) => {
      const left = (deadlines.get(token) ?? 0) - performance.now();
      if (left > 0) return left;
      fired.set(token, performance.now());
      return 0;
    },
    25,
    16,
  );
}

it('fires every deadline once, never early and at most two ticks late, however far away', () => {
  const deadlines = new Map<number, number>();
  const fired = new Map<number, number>();
  const wheel = wheelOf(deadlines, fired);
  for (let token = 0; token < 200; token++) {
    deadlines.set(token, performance.now() + token * 13);
    wheel.add(token, token * 13);
  }
  vi.advanceTimersByTime(5_000);
  expect(fired.size).toBe(200);
  for (const [token, at] of fired) {
    const late = at - (deadlines.get(token) ?? 0);
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThanOrEqual(75);
  }
  expect(vi.getTimerCount()).toBe(0);
});

it('runs again after it has run empty', () => {
  const deadlines = new Map([[1, performance.now() + 50]]);
  const fired = new Map<number, number>();
  const wheel = wheelOf(deadlines, fired);
  wheel.add(1, 50);
  vi.advanceTimersByTime(1_000);
  deadlines.set(2, performance.now() + 100);
  wheel.add(2, 100);
  vi.advanceTimersByTime(1_000);
  expect([...fired.keys()]).toEqual([1, 2]);
});
