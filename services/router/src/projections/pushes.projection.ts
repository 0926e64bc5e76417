import type { AppId, Instant, JobId, MessageId } from '@reveille/contracts/ids';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import { fitsReceiptParam, type PushReceipted } from '@reveille/contracts/push/receipt';
import type { PushWithdrawn } from '@reveille/contracts/push/withdrawal';
import type { VendorName } from '@reveille/contracts/push/vendor';

/** A fact of PUSHES. */
export type PushFact = {
  readonly app: AppId;
  readonly position: number;
  readonly at: Instant;
} & (
  | { readonly type: 'attempted'; readonly data: PushAttempted }
  | { readonly type: 'closed'; readonly data: PushClosed }
  | { readonly type: 'receipted'; readonly data: PushReceipted }
  | { readonly type: 'withdrawn'; readonly data: PushWithdrawn }
);

export interface PushRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly position: number;
  readonly event: 'attempted' | 'closed' | 'withdrawn';
  readonly jobId: JobId;
  readonly vendor: VendorName;
  readonly attempt: number;
  readonly at: Instant;
}

/** A receipt, once however often it was told. */
export interface ReceiptRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly vendor: VendorName;
  /** `''` where the receipt names no token. */
  readonly tokenRef: string;
  readonly status: PushReceipted['status'];
  readonly vendorCode: string;
  readonly position: number;
  readonly at: Instant;
}

/** The message of a push that its receipts can name by the vendor's id alone. */
export interface VendorIdRow {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly vendorId: string;
  readonly messageId: MessageId;
  readonly at: Instant;
}

export interface PushRows {
  readonly pushes: readonly PushRow[];
  readonly receipts: readonly ReceiptRow[];
  readonly vendorIds: readonly VendorIdRow[];
}

/** Where the facts about a message's pushes are: one row per fact, one per different receipt. */
export function projectPushes(facts: readonly PushFact[]): PushRows {
  const pushes = new Map<number, PushRow>();
  const receipts = new Map<string, ReceiptRow>();
  const vendorIds = new Map<string, VendorIdRow>();
  for (const fact of facts) {
    const { app, position, at, type } = fact;
    if (type === 'receipted') {
      const row = receiptRow(fact.data, { app, position, at });
      if (row !== null && !receipts.has(receiptKey(row))) receipts.set(receiptKey(row), row);
      continue;
    }
    const { messageId, jobId, vendor, attempt } = fact.data;
    pushes.set(position, { app, messageId, position, event: type, jobId, vendor, attempt, at });
    if (type !== 'attempted' || fitsReceiptParam(messageId)) continue;
    for (const { outcome } of fact.data.outcomes) {
      if (outcome.kind !== 'accepted' || outcome.vendorId === null) continue;
      const { vendorId } = outcome;
      vendorIds.set(`${app} ${vendor} ${vendorId}`, { app, vendor, vendorId, messageId, at });
    }
  }
  return {
    pushes: [...pushes.values()],
    receipts: [...receipts.values()],
    vendorIds: [...vendorIds.values()],
  };
}

function receiptRow(
  { messageId, vendor, tokenRef, status, vendorCode }: PushReceipted,
  place: Pick<ReceiptRow, 'app' | 'position' | 'at'>,
): ReceiptRow | null {
  if (messageId === null) return null;
  return { ...place, messageId, vendor, tokenRef: tokenRef ?? '', status, vendorCode };
}

function receiptKey({ app, messageId, vendor, tokenRef, status, vendorCode }: ReceiptRow): string {
  return [app, messageId, vendor, tokenRef, status, vendorCode].join(' ');
}
