import type { Instant } from '@reveille/contracts/ids';
import { dayTurnPattern } from '@reveille/contracts/vendors/wire';

/** When a day of the vendors' quotas begins: a time of day in an offset from UTC. */
export interface DayTurn {
  /** From midnight UTC to the turn, 0 up to but not including a day. */
  readonly afterMidnightMs: number;
}
/** A day between two turns, `[startsAt, renewsAt)`. */
export interface QuotaDay {
  readonly startsAt: Instant;
  readonly renewsAt: Instant;
}

const dayMs = 86_400_000;

/** `HH:MM[:SS]±HH:MM`, such as `00:00+08:00`; null for anything else. */
export function readDayTurn(text: string): DayTurn | null {
  const [, hours, minutes, seconds, sign, offsetHours, offsetMinutes] = dayTurnPattern.exec(text) ?? [];
  if (hours === undefined) return null;
  const local = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds ?? 0);
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60 * (sign === '-' ? -1 : 1);
  return { afterMidnightMs: ((((local - offset) * 1000) % dayMs) + dayMs) % dayMs };
}

/** The quota's day that an instant lies in. */
export function quotaDayOf({ afterMidnightMs }: DayTurn, now: Instant): QuotaDay {
  const startsAt = Math.floor((now - afterMidnightMs) / dayMs) * dayMs + afterMidnightMs;
  return { startsAt, renewsAt: startsAt + dayMs };
}

/** For so long after a turn a vendor's word may still be about the day before: its clock is not ours. */
const unsureMs = 60_000;

/** Whether the day is so young that a vendor which calls its quota spent may speak of the day before. */
export function isDayUnsure(turn: DayTurn, at: Instant): boolean {
  return at < quotaDayOf(turn, at).startsAt + unsureMs;
}

/** When a quota renews that was met spent at some moment. */
export function renewalAfter(turn: DayTurn, at: Instant): Instant {
  const { startsAt, renewsAt } = quotaDayOf(turn, at);
  return isDayUnsure(turn, at) ? startsAt + unsureMs : renewsAt;
}

/** After the turn, so that nothing depends on the vendor's clock and ours agreeing to the millisecond. */
const afterTurnMs = 1_000;
/** What waited for the turn comes back spread over so long. */
const spreadMs = 10_000;

/**
 * When a push that met a spent quota is tried again: never before the renewal.
 * @param random 0 up to but not including 1
 */
export function afterRenewal(renewsAt: Instant, random: number): Instant {
  return renewsAt + afterTurnMs + Math.floor(random * spreadMs);
}

/**
 * When a target that waits for a quota is tried, now that it renews at this time: as it was to be where that is the same renewal,
 * so that nobody who asks again moves it again.
 * @param random 0 up to but not including 1
 */
export function movedTo(notBefore: Instant, renewsAt: Instant, random: number): Instant {
  const waited = notBefore - afterRenewal(renewsAt, 0);
  return waited >= 0 && waited < spreadMs ? notBefore : afterRenewal(renewsAt, random);
}

/** What all workers know of one quota and day. */
export interface QuotaCount {
  /** When its counting began. */
  readonly sinceAt: Instant;
  /** Given out to workers, whether sent or not. */
  readonly taken: number;
  /** Why nothing more goes out on this day; null while something may. */
  readonly spentBy: 'count' | 'vendor' | null;
}
export const untouched = (sinceAt: Instant): QuotaCount => ({ sinceAt, taken: 0, spentBy: null });

/** Whether a count that began then speaks of the day of `at`; one that began ahead of our clock does: the day had turned there. */
export function isOfDay(sinceAt: Instant, turn: DayTurn, at: Instant): boolean {
  return sinceAt >= quotaDayOf(turn, at).startsAt;
}

/** A worker takes this share of the cap at once, so that the count is written rarely. */
const blockShare = 100;
const largestBlock = 500;
/** Of what is left of the day no more than this share: the last ones are shared evenly. */
const restShare = 10;

/**
 * A block for a worker that needs allowance for some targets; at least what it needs, or what is left.
 * @param perDay null: the vendor counts, but we do not know up to where
 */
export function takeBlock(
  count: QuotaCount,
  perDay: number | null,
  needed: number,
): { readonly count: QuotaCount; readonly granted: number } {
  if (count.spentBy !== null) return { count, granted: 0 };
  if (perDay === null) return { count: { ...count, taken: count.taken + needed }, granted: needed };
  const left = Math.max(0, perDay - count.taken);
  const block = Math.min(largestBlock, Math.ceil(perDay / blockShare), Math.floor(left / restShare));
  const granted = Math.min(left, Math.max(needed, block));
  const spentBy = granted < needed ? 'count' : null;
  return { count: { ...count, taken: count.taken + granted, spentBy }, granted };
}
