import type { Instant, TokenRef } from '@reveille/contracts/ids';
import { condemnsToken, type PushOutcome } from '@reveille/contracts/push/outcome';

/** Why a line is shut by what its pushes come to. */
export type LineTrouble =
  /** The vendor does not answer, or answers that it cannot. */
  | { readonly kind: 'outage'; readonly cause: string }
  /** So many tokens are condemned that our side is likelier to be wrong than they: environment, package, project. */
  | { readonly kind: 'condemned'; readonly cause: string };

/** What the vendor made of one target. */
export interface Heard {
  /** Null: it is about none in particular. */
  readonly tokenRef: TokenRef | null;
  readonly outcome: PushOutcome;
  /** The service that said so, where the vendor's targets lead to many; left out: it is the vendor itself. */
  readonly origin?: string;
  /** When that service was asked. */
  readonly askedAt?: Instant;
}

interface Slot {
  readonly second: number;
  heard: number;
  failed: number;
  judged: number;
  readonly condemned: Set<TokenRef | null>;
}

/** An outage shows within so many seconds, and lasts longer than a broken connection does. */
const outageWindow = 10;
const outageSpan = 2;
const fewestFailed = 10;
const failedShare = 0.5;
const condemnedWindow = 60;
const fewestCondemned = 20;
const condemnedShare = 0.5;

/**
 * What one app's pushes through one vendor have come to lately. It tells an outage from bad luck (at least ten failures, half of all
 * that was heard in ten seconds, over more than two seconds), and a mass death of tokens from single ones (at least twenty
 * different ones, half of the verdicts of a minute). What a push is throttled or refused for otherwise is neither.
 */
export class LineHealth {
  #slots: Slot[] = [];

  /** @returns what is wrong by now; after that it begins anew. */
  heed(heard: readonly Heard[], now: Instant): LineTrouble | null {
    if (heard.length === 0) return null;
    const slot = this.#slotOf(Math.floor(now / 1000));
    for (const each of heard) note(slot, each);
    const outcomes = heard.map(({ outcome }) => outcome);
    const trouble = this.#outage(slot.second, outcomes) ?? this.#condemned(outcomes);
    if (trouble !== null) this.#slots = [];
    return trouble;
  }

  #outage(second: number, outcomes: readonly PushOutcome[]): LineTrouble | null {
    const failure = outcomes.find(failed);
    if (failure === undefined) return null;
    const recent = this.#slots.filter((slot) => slot.second > second - outageWindow);
    const failing = recent.filter((slot) => slot.failed > 0);
    const count = sum(failing, 'failed');
    const isShort = second - (failing[0]?.second ?? second) < outageSpan;
    if (isShort || count < fewestFailed || count < failedShare * sum(recent, 'heard')) return null;
    return { kind: 'outage', cause: wordOf(failure) };
  }

  #condemned(outcomes: readonly PushOutcome[]): LineTrouble | null {
    const verdict = outcomes.find(condemnsToken);
    if (verdict === undefined) return null;
    const count = new Set(this.#slots.flatMap(({ condemned }) => [...condemned])).size;
    const judged = sum(this.#slots, 'judged');
    if (count < fewestCondemned || count < condemnedShare * judged) return null;
    return {
      kind: 'condemned',
      cause: `${count} of ${judged} tokens condemned, lately by ${wordOf(verdict)}`,
    };
  }

  #slotOf(second: number): Slot {
    this.#slots = this.#slots.filter((slot) => slot.second > second - condemnedWindow);
    const last = this.#slots.at(-1);
    if (last !== undefined && last.second >= second) return last;
    const slot = { second, heard: 0, failed: 0, judged: 0, condemned: new Set<TokenRef | null>() };
    this.#slots.push(slot);
    return slot;
  }
}

/** Whether an outcome says that the vendor cannot be reached or cannot answer. */
export function failed(outcome: PushOutcome): boolean {
  if (outcome.kind !== 'deferred') return false;
  const { reason, vendorCode } = outcome;
  if (reason === 'not-sent') return vendorCode !== 'withdrawn';
  return reason === 'vendor-unavailable' || reason === 'no-answer';
}

function note(slot: Slot, { tokenRef, outcome }: Heard): void {
  const { kind } = outcome;
  const isWithdrawn =
    kind === 'deferred' && outcome.reason === 'not-sent' && outcome.vendorCode === 'withdrawn';
  if (!isWithdrawn) slot.heard += 1;
  if (failed(outcome)) slot.failed += 1;
  if (kind !== 'deferred') slot.judged += 1;
  if (condemnsToken(outcome)) slot.condemned.add(tokenRef);
}

function sum(slots: readonly Slot[], field: 'heard' | 'failed' | 'judged'): number {
  return slots.reduce((total, slot) => total + slot[field], 0);
}

function wordOf(outcome: PushOutcome): string {
  return outcome.kind === 'accepted' ? '' : outcome.vendorCode;
}
