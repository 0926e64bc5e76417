import { expect, test } from 'vitest';
import { WindowCount } from './window-count.js';

test('what is more than the limit is not counted, and the next window begins at 0', () => {
  const count = new WindowCount(1_000);
  expect(count.take('a', 2, 3, 0)).toBe(true);
  expect(count.take('a', 2, 3, 999)).toBe(false);
  expect(count.take('a', 1, 3, 999)).toBe(true);
  expect(count.take('b', 3, 3, 999)).toBe(true);
  expect(count.take('a', 3, 3, 1_000)).toBe(true);
});

test('an offset moves the turn of the day; 0 is no limit', () => {
  const hourMs = 3_600_000;
  const count = new WindowCount(24 * hourMs, 8 * hourMs);
  expect(count.take('a', 1, 1, 16 * hourMs - 1)).toBe(true);
  expect(count.take('a', 1, 1, 16 * hourMs - 1)).toBe(false);
  expect(count.take('a', 1, 1, 16 * hourMs)).toBe(true);
  expect(count.take('a', 99, 0, 16 * hourMs)).toBe(true);
});
