import { expect, it } from 'vitest';
import { instantOf } from './instant-of.js';

it.each([
  ['90m', 5_400_000],
  ['6h', 21_600_000],
  ['2d', 172_800_000],
])('%s is that long ago', (text, agoMs) => {
  const now = performance.timeOrigin + performance.now();
  expect(Math.abs(now - agoMs - instantOf(text))).toBeLessThan(1_000);
});

it('an ISO time is that time', () => {
  expect(instantOf('2026-01-31T12:00:00Z')).toBe(Date.parse('2026-01-31T12:00:00Z'));
});

it.each(['', 'yesterday', '6', '6w'])('"%s" is no time', (text) => {
  expect(() => instantOf(text)).toThrow(/It is a time such as/);
});
