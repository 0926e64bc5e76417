import { expect, it } from 'vitest';
import { retryAfter } from './retry-after.js';

const now = 1_790_000_000_000;

it.each([
  [undefined, null],
  ['', null],
  ['soon', null],
  ['-1', null],
  ['0', 0],
  ['7', 7_000],
  [new Date(now + 4_000).toUTCString(), 4_000],
  [new Date(now - 4_000).toUTCString(), 0],
])('%s', (value, expected) => {
  expect(retryAfter(value, now)).toBe(expected);
});
