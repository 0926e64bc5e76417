import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

describe('backoffMs', () => {
  it('doubles its bound with every failure, up to fifteen seconds', () => {
    const bounds = [0, 1, 2, 3, 6, 7, 50].map((failures) => backoffMs(failures, () => 1));
    expect(bounds).toEqual([200, 400, 800, 1_600, 12_800, 15_000, 15_000]);
  });

  it('spreads clients over the whole time, but never over none', () => {
    expect(backoffMs(3, () => 0.5)).toBe(800);
    expect(backoffMs(3, () => 0)).toBe(50);
  });
});
