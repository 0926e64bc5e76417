import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { RecordReceiptsPorts } from '../handlers/record-receipts.js';
import type { KeepReceiptsPorts } from '../protocol/keep-receipts.js';

/** Counts receipts, matched or not, and callbacks that were refused. */
export function openReceiptWatch(
  metrics: Metrics,
  logger: Logger,
): Pick<KeepReceiptsPorts, 'kept'> & Pick<RecordReceiptsPorts, 'refused'> {
  const receipts = metrics.counter(
    'push_receipts_total',
    'Receipts by status; unmatched ones name no push of ours.',
    ['app', 'vendor', 'status', 'match'],
  );
  const refusals = metrics.counter('push_callbacks_refused_total', 'Callbacks that are not the vendor’s.', [
    'app',
    'vendor',
  ]);
  return {
    kept: (app, { vendor, status, messageId }) =>
      receipts.add({ app, vendor, status, match: messageId === null ? 'unmatched' : 'matched' }),
    refused(app, vendor, cause) {
      refusals.add({ app, vendor });
      logger.warn('a callback was refused', { app, vendor, cause });
    },
  };
}
