import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { ReceiptWatch } from '../ports.js';

/** Counts receipts, matched or not, and callbacks that were refused. */
export function openReceiptWatch(metrics: Metrics, logger: Logger): ReceiptWatch {
  const receipts = metrics.counter(
    'push_receipts_total',
    'Receipts by status; unmatched ones name no push of ours.',
    ['app', 'vendor', 'status', 'match'],
  );
  const refusals = metrics.counter('push_callbacks_refused_total', 'Callbacks that are not the vendor’s.', [
    'app',
    'vendor',
  ]);
  const unread = metrics.counter(
    'push_feedback_unread_total',
    'Lists of dead tokens that could not be fetched.',
    ['app', 'vendor'],
  );
  return {
    kept: (app, { vendor, status, messageId }) =>
      receipts.add({ app, vendor, status, match: messageId === null ? 'unmatched' : 'matched' }),
    unread(app, vendor, cause) {
      unread.add({ app, vendor });
      logger.warn('a list of dead tokens could not be fetched', { app, vendor, cause });
    },
    refused(app, vendor, cause) {
      refusals.add({ app, vendor });
      logger.warn('a callback was refused', { app, vendor, cause });
    },
  };
}
