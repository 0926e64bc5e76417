import { systemClock } from '@reveille/chassis/clock';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TimerQueue } from './timer-queue.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('fires in the order of time, never early, the cancelled not at all', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(500), fc.boolean()), { maxLength: 60 }), (plan) => {
      const queue = new TimerQueue(systemClock);
      const start = queue.now();
      const fired: [number, number][] = [];
      const timers = plan.map(([ms], index) => queue.after(ms, () => fired.push([ms, index])));
      const early: number[] = [];
      for (const [index, [, isCancelled]] of plan.entries()) if (isCancelled) timers[index]?.cancel();
      for (let step = 0; step <= 500; step += 7) {
        const before = fired.length;
        vi.advanceTimersByTime(7);
        early.push(...fired.slice(before).flatMap(([ms]) => (start + ms > queue.now() ? [ms] : [])));
      }
      const expected = plan
        .map(([ms, isCancelled], index) => ({ ms, index, isCancelled }))
        .filter(({ isCancelled }) => !isCancelled)
        .sort((a, b) => a.ms - b.ms || a.index - b.index)
        .map(({ ms, index }) => [ms, index]);
      expect(fired).toEqual(expected);
      expect(early).toEqual([]);
      queue.stop();
    }),
    { numRuns: 50 },
  );
});

it('an action may add the next one', () => {
  const queue = new TimerQueue(systemClock);
  const fired: number[] = [];
  queue.after(10, () => {
    fired.push(1);
    queue.after(0, () => fired.push(2));
    queue.after(5, () => fired.push(3));
  });
  vi.advanceTimersByTime(12);
  expect(fired).toEqual([1, 2]);
  vi.advanceTimersByTime(5);
  expect(fired).toEqual([1, 2, 3]);
  queue.stop();
});
