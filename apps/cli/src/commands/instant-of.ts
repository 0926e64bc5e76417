import { InvalidArgumentError } from 'commander';

const units = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90m`, `6h`, `2d` ago, or an ISO time, as epoch milliseconds. */
export function instantOf(text: string): number {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    const now = performance.timeOrigin + performance.now();
    return Math.round(now) - Number(amount) * units[unit as keyof typeof units];
  }
  // What else is read as a time here is none that anybody means: `6` would be a day in 2001.
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new InvalidArgumentError('It is a time such as 2026-01-31T12:00:00Z, or 90m, 6h, 2d.');
  return at;
}
