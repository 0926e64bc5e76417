import { createHash } from 'node:crypto';
import type { Bus } from '@reveille/bus/connect';
import { dedupId } from '@reveille/contracts/message-id';
import { partitionOf } from '@reveille/contracts/partition';
import { type PushReceipted, receiptCondemns } from '@reveille/contracts/push/receipt';
import { subjects } from '@reveille/contracts/subjects';
import type { ReceiptJournal } from '../ports.js';
import type { EnvelopeSource } from './job-envelope.js';

/** Publishes receipts to PUSHES: in the partition of their message, or of whatever they name. */
export function openReceiptJournal(
  bus: Pick<Bus, 'publisher'>,
  { clock, uuid }: EnvelopeSource,
): ReceiptJournal {
  return {
    async receipted(app, partition, event) {
      const { vendor, messageId, vendorId, tokenRef } = event;
      const named = messageId ?? vendorId ?? tokenRef ?? vendor;
      const { isDuplicate } = await bus.publisher.publishFact({
        subject: subjects.pushReceipted(app, partition ?? partitionOf(named), vendor, receiptCondemns(event)),
        messageId: dedupId.receipted(app, vendor, digestOf(event)),
        envelope: {
          id: uuid(),
          type: 'push-receipted',
          version: 1,
          source: 'vendor-workers',
          time: clock.now(),
          app,
          subject: named,
          correlation: messageId,
          causation: null,
          traceparent: null,
          data: event,
        },
      });
      return !isDuplicate;
    },
  };
}

/** The same for the same word about the same push, whenever it comes. A list has no push: each of its times is a word. */
function digestOf({
  messageId,
  vendorId,
  tokenRef,
  status,
  vendorCode,
  source,
  receivedAt,
}: PushReceipted): string {
  const said = [messageId, messageId === null ? vendorId : null, tokenRef, status, vendorCode];
  const when = source === 'list' ? receivedAt : null;
  return createHash('sha256')
    .update(JSON.stringify([...said, when]))
    .digest('base64url')
    .slice(0, 22);
}
