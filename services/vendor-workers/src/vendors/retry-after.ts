import type { Instant } from '@reveille/contracts/ids';

/** The wait that a `Retry-After` asks for (RFC 9110: seconds, or an HTTP date), in milliseconds; null where there is none. */
export function retryAfter(value: string | undefined, now: Instant): number | null {
  if (value === undefined) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // A date begins with the day of the week; the parser takes a bare number for a year.
  const at = /^[A-Za-z]{3}/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
