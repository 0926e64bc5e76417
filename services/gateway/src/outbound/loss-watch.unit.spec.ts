import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LossWatch } from './loss-watch.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('waits a loss out, then gives up, and serves again when it is over', () => {
  const told: string[] = [];
  const watch = new LossWatch(1_000, {
    lost: () => void told.push('lost'),
    givenUp: () => void told.push('given up'),
  });
  watch.lost();
  vi.advanceTimersByTime(999);
  watch.found();
  vi.advanceTimersByTime(5_000);
  expect([told, watch.isGivenUp]).toEqual([['lost'], false]);
  watch.lost();
  vi.advanceTimersByTime(1_000);
  expect([told, watch.isGivenUp]).toEqual([['lost', 'lost', 'given up'], true]);
  watch.found();
  expect(watch.isGivenUp).toBe(false);
});
