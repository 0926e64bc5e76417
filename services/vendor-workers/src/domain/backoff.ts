import type { Instant } from '@reveille/contracts/ids';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { afterRenewal } from '../protocol/quota.js';

type Deferred = Extract<PushOutcome, { kind: 'deferred' }>;

export const shortestBackoffMs = 1_000;
export const longestBackoffMs = 900_000;
/** Keeps requests that a vendor turns away unprocessed from spinning; small, since nothing is wrong with the push. */
const turnedAwayMs = 250;

export interface NextAttempt {
  readonly notBefore: Instant;
  /** The step for the attempt after this one. */
  readonly backoffStep: number;
}

/**
 * When a deferred push is tried again. A vendor's Retry-After is kept to the millisecond, never undercut. Without one the
 * wait is random between one second and a ceiling that doubles per step, up to 15 minutes. An expired credential and a
 * request that surely was not processed do not let the backoff grow, and neither does a quota, which is sat out until it renews.
 * @param random 0 up to but not including 1
 */
export function nextAttempt(
  deferred: Deferred,
  backoffStep: number,
  now: Instant,
  random: number,
  quotaRenewsAt: Instant,
): NextAttempt {
  if (deferred.retryAfterMs !== null)
    return { notBefore: now + deferred.retryAfterMs, backoffStep: backoffStep + 1 };
  switch (deferred.reason) {
    case 'credential-expired':
    case 'credential-refused':
      return { notBefore: now, backoffStep };
    case 'not-sent':
      return { notBefore: now + Math.ceil(turnedAwayMs * random), backoffStep };
    case 'quota-spent':
      return { notBefore: afterRenewal(quotaRenewsAt, random), backoffStep };
    case 'throttled':
    case 'vendor-unavailable':
    case 'no-answer':
      return { notBefore: now + backoffMs(backoffStep, random), backoffStep: backoffStep + 1 };
  }
}

/** Full jitter over an exponential ceiling. */
export function backoffMs(step: number, random: number): number {
  const ceiling = Math.min(longestBackoffMs, shortestBackoffMs * 2 ** (Math.min(step, 20) + 1));
  return shortestBackoffMs + Math.floor(random * (ceiling - shortestBackoffMs));
}
