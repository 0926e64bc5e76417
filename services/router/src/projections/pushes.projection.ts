import type { AppId, Instant, JobId, MessageId } from '@reveille/contracts/ids';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import type { VendorName } from '@reveille/contracts/push/vendor';

/** A fact of PUSHES. */
export type PushFact = {
  readonly app: AppId;
  readonly position: number;
  readonly at: Instant;
} & (
  | { readonly type: 'attempted'; readonly data: PushAttempted }
  | { readonly type: 'closed'; readonly data: PushClosed }
);

export interface PushRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly position: number;
  readonly event: PushFact['type'];
  readonly jobId: JobId;
  readonly vendor: VendorName;
  readonly attempt: number;
  readonly at: Instant;
}

/** Where the facts about a message's pushes are: one row per fact. */
export function projectPushes(facts: readonly PushFact[]): PushRow[] {
  const rows = new Map<number, PushRow>();
  for (const { app, position, at, type, data } of facts) {
    const { messageId, jobId, vendor, attempt } = data;
    rows.set(position, { app, messageId, position, event: type, jobId, vendor, attempt, at });
  }
  return [...rows.values()];
}
