import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import type { Meter } from '../ports.js';

export interface RouterMeter extends Meter {
  lookedUp(users: number): void;
  /** Hands over what was counted. */
  flush(): void;
}

const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Figures for the operator. Verdicts are counted here and handed over once a second: labels cost more than counting. */
export function routerMeter(metrics: Metrics, logger: Logger): RouterMeter {
  const settled = metrics.counter('deliveries_settled_total', 'Devices that got a verdict.', ['verdict']);
  const repeats = metrics.counter('deliveries_repeated_total', 'Messages whose verdict was stored already.');
  const lost = metrics.counter('late_acknowledgements_lost_total', 'Late acknowledgements not recorded.');
  const wait = metrics.histogram('delivery_wait_seconds', 'From the live ask to the decision.');
  const batch = metrics.histogram('lookup_batch_users', 'Users in one lookup.', { buckets: batchSizes });
  const counts = new Map<string, number>();
  return {
    settled: (verdict) => void counts.set(verdict, (counts.get(verdict) ?? 0) + 1),
    waited: (ms) => wait.observe(ms / 1_000),
    repeated: () => repeats.add(),
    lateLost(error, count) {
      lost.add({}, count);
      logger.warn('late acknowledgements were not recorded', { count, error });
    },
    lookedUp: (users) => batch.observe(users),
    flush() {
      for (const [verdict, count] of counts) settled.add({ verdict }, count);
      counts.clear();
    },
  };
}
