import type { PushLineTrusted } from '@reveille/contracts/device/push-line';
import type { Instant } from '@reveille/contracts/ids';

export interface SuspicionPolicy {
  /** Fewer tokens than this raise no suspicion. */
  readonly minimum: number;
  /** The share of what was heard, in percent, from which on it is too much; 0: never. */
  readonly sharePercent: number;
  /** The longer of the two times that are looked at. */
  readonly windowMs: number;
}

/** What was heard of a line since some moment. */
export interface LineTally {
  readonly sinceAt: Instant;
  /** Distinct tokens that the vendor has condemned. */
  readonly condemned: number;
  /** Words that condemned a token, the same one more than once included. */
  readonly words: number;
  /** Of how many pushes something was heard, at least. */
  readonly heard: number;
}

/** A short time, so that a line which was good for long is not half deleted before it shows; and a long one, for quiet lines. */
export function windowsOf({ windowMs }: SuspicionPolicy): readonly [short: number, long: number] {
  return [Math.ceil(windowMs / 10), windowMs];
}

/**
 * The first moment whose words count: none that led to an earlier suspicion. An operator who believes a vendor has looked into
 * it: until their trust is as old as the longer time (null), nothing raises a suspicion.
 */
export function wordsCountFrom(
  trust: PushLineTrusted | null,
  saidAt: Instant,
  { windowMs }: SuspicionPolicy,
): Instant | null {
  if (trust === null) return 0;
  if (trust.because === 'operator' && saidAt < trust.trustedAt + windowMs) return null;
  return trust.trustedAt;
}

/** A wrong environment, package or project condemns nearly everybody; people who left are few at any time. */
export function isSuspicious(tally: LineTally, policy: SuspicionPolicy): boolean {
  return mayBeSuspicious(tally, policy) && shareOf(tally) >= policy.sharePercent;
}

/** Without what was heard of others it cannot be told, but too few words are never suspicious. */
export function mayBeSuspicious(
  { condemned }: Pick<LineTally, 'condemned'>,
  { minimum, sharePercent }: SuspicionPolicy,
): boolean {
  return sharePercent > 0 && condemned >= minimum;
}

/** Enough was heard since then, and few of it condemned a token. */
export function hasRecovered(tally: LineTally, { minimum, sharePercent }: SuspicionPolicy): boolean {
  return tally.heard >= minimum && shareOf(tally) < sharePercent;
}

function shareOf({ words, heard }: LineTally): number {
  return (100 * words) / Math.max(words, heard);
}
