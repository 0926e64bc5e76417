import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { childTraceparent, openSpan } from '@reveille/chassis/telemetry';
import type { Clock, PushWatch } from '../ports.js';

export interface PushWatchOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly checkpoint: PushWatch['checkpoint'];
}

/** A client span per request, and the figures: targets by vendor, app and outcome, latency, requests in flight, closings. */
export function openPushWatch({ logger, metrics, clock, checkpoint }: PushWatchOptions): PushWatch {
  const attempts = metrics.counter('push_attempts_total', 'Attempts by outcome.', [
    'vendor',
    'app',
    'outcome',
    'reason',
  ]);
  const latency = metrics.histogram('push_request_seconds', 'From the request to its answer.', {
    labels: ['vendor'],
  });
  const closings = metrics.counter('push_closed_total', 'Pushes that were decided and will not happen.', [
    'vendor',
    'app',
    'reason',
  ]);
  let inFlight = 0;
  metrics.observed('push_requests_in_flight', 'Requests that wait for their answer.', () => inFlight);
  return {
    checkpoint,
    closed: (app, vendor, reason, targets) => closings.add({ app, vendor, reason }, targets),
    renewalFailed: (app, vendor, error) =>
      logger.warn('an expired credential could not be renewed', { app, vendor, error }),
    begin({ app, vendor, messageId, user, deviceId, attempt, parent }) {
      const startedAt = clock.now();
      inFlight += 1;
      const span = openSpan('push attempt', () => ({
        parent,
        kind: 'client',
        attributes: { app, vendor, messageId, user, deviceId, attempt },
      }));
      // Without telemetry the request gets an id of its own all the same.
      const traceparent = span?.traceparent ?? childTraceparent(parent);
      return {
        traceparent,
        end(outcomes, requests) {
          inFlight -= 1;
          if (requests > 0) latency.observe((clock.now() - startedAt) / 1000, { vendor });
          for (const outcome of outcomes) {
            const reason = outcome.kind === 'accepted' ? '' : outcome.reason;
            attempts.add({ app, vendor, outcome: outcome.kind, reason });
          }
          span?.end();
        },
      };
    },
  };
}
