import type { TimelineEntry } from '@reveille/contracts/ask/router';
import { type HaltedLine, haltedText } from '../town/halted-lines.js';

/** A push that was decided and has no end yet. */
export interface WaitingPush {
  readonly user: string;
  readonly deviceId: string | null;
  readonly vendor: string;
  /** Why it waits, in words; null where nothing is known but that no answer is in the log. */
  readonly because: string | null;
}

/** The devices of a message whose push still waits at `now`, and what it waits for. */
export function tellWaiting(
  entries: readonly TimelineEntry[],
  app: string,
  halted: readonly HaltedLine[],
  now: number,
): WaitingPush[] {
  return entries.flatMap((entry) => {
    if (entry.type !== 'delivery-settled') return [];
    return entry.data.recipients.flatMap(({ user, devices }) =>
      devices.flatMap(({ deviceId, verdict }) => {
        if (verdict.kind !== 'push' || verdict.expiresAt <= now) return [];
        const last = lastWord(entries, user, deviceId);
        if (last === 'over') return [];
        const { vendor } = verdict;
        const line = halted.find((candidate) => candidate.app === app && candidate.vendor === vendor);
        return [{ user, deviceId, vendor, because: line === undefined ? last : haltedText(line) }];
      }),
    );
  });
}

export function printWaiting({ user, deviceId, vendor, because }: WaitingPush): string {
  return `waiting: ${user}/${deviceId ?? '-'}: ${because ?? `${vendor} has not answered yet`}`;
}

/** `over` after a final answer or a closing; else what the last attempt waits for, if there was one. */
function lastWord(entries: readonly TimelineEntry[], user: string, deviceId: string | null): string | null {
  let word: string | null = null;
  const isIt = (target: { user: string; deviceId: string }) =>
    target.user === user && target.deviceId === deviceId;
  for (const entry of entries) {
    if (entry.type === 'push-closed' && entry.data.targets.some(isIt)) return 'over';
    if (entry.type !== 'push-attempted') continue;
    const target = entry.data.outcomes.find(isIt);
    if (target === undefined) continue;
    if (target.outcome.kind !== 'deferred') return 'over';
    const { reason, vendorCode } = target.outcome;
    const next = target.notBefore === null ? '' : `, next try at ${new Date(target.notBefore).toISOString()}`;
    word = `deferred(${reason}) [${vendorCode}]${next}`;
  }
  return word;
}
