import type { INestApplication } from '@nestjs/common';
import type { Bus } from '@reveille/bus/connect';
import { openServiceBus } from '@reveille/bus/open-service-bus';
import { systemClock } from '@reveille/chassis/clock';
import { Health } from '@reveille/chassis/health';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { openHealthPage } from '@reveille/chassis/nest/health-page';
import { telemetryPart } from '@reveille/chassis/telemetry';
import { buckets, streams } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { receiptDoors } from './open-receipts.module.js';
import { openPushWorker, type PushWorker } from './open-push-worker.module.js';

const service = 'vendor-workers';
const neededStreams: ReadonlySet<string> = new Set(['PUSH_JOBS', 'PUSHES', 'APPS', 'DEAD_LETTERS']);
/** The consumers are looked at when their app appears. */
const needed = {
  streams: streams.filter(({ name }) => neededStreams.has(name)),
  consumers: [],
  buckets: [buckets.pushLines, buckets.feedbackPolls, buckets.credentials, buckets.accessTokens],
};

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildVendorWorkers(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let http: INestApplication | null = null;
  let bus: Bus | null = null;
  let worker: PushWorker | null = null;
  return new Lifecycle(logger, health)
    .add(telemetryPart(service, config.instance))
    .add({
      name: 'http',
      start: async () => {
        const { httpHost: host, httpPort: port, receipts } = config;
        const doors =
          receipts === null
            ? {}
            : { doors: receiptDoors(receipts.keys, () => worker?.recordReceipts() ?? null, logger) };
        http = await openHealthPage({ host, port, health, metrics, ...doors });
      },
      stop: () => http?.close(),
    })
    .add({
      name: 'nats',
      start: async () => {
        bus = await openServiceBus({ service, config, needed, logger, clock: systemClock, health });
      },
      stop: () => bus?.drain(),
    })
    .add({
      name: 'worker',
      start: async () => {
        if (bus === null) throw new Error('the worker starts after NATS');
        worker = await openPushWorker({ config, bus, logger, health, metrics });
        await worker.start();
        logger.info('push jobs are taken', { vendors: config.vendors });
      },
      stop: () => worker?.stop(),
    });
}
