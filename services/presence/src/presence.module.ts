import type { INestApplication } from '@nestjs/common';
import type { Bus } from '@reveille/bus/connect';
import { openServiceBus } from '@reveille/bus/open-service-bus';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { Health } from '@reveille/chassis/health';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { openHealthPage } from '@reveille/chassis/nest/health-page';
import { telemetryPart } from '@reveille/chassis/telemetry';
import { buckets, consumers, streams } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { migrations } from './outbound/db/migrations.js';
import { type PresenceTables, presenceSchema } from './outbound/db/schema.js';
import { openPresence, type Presence } from './open-presence.module.js';

const service = 'presence';
const streamNames: ReadonlySet<string> = new Set(['DEVICES', 'SESSIONS', 'APPS', 'PUSHES', 'DEAD_LETTERS']);
const needed = {
  streams: streams.filter(({ name }) => streamNames.has(name)),
  consumers: [consumers.deviceDirectory, consumers.tokenVerdicts],
  buckets: [buckets.sessionRecords, buckets.gatewayLeases],
};

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildPresence(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let http: INestApplication | null = null;
  let bus: Bus | null = null;
  let database: Database<PresenceTables> | null = null;
  let presence: Presence | null = null;
  return new Lifecycle(logger, health)
    .add(telemetryPart(service, config.instance))
    .add({
      name: 'health page',
      start: async () => {
        http = await openHealthPage({ host: config.httpHost, port: config.httpPort, health, metrics });
      },
      stop: () => http?.close(),
    })
    .add({
      name: 'database',
      start: async () => {
        const { databaseUrl: url } = config;
        database = openDatabase<PresenceTables>({ url, schema: presenceSchema });
        await migrateDatabase(database.db, presenceSchema, migrations);
      },
      stop: () => database?.close(),
    })
    .add({
      name: 'nats',
      start: async () => {
        bus = await openServiceBus({ service, config, needed, logger, clock: systemClock, health });
      },
      stop: () => bus?.drain(),
    })
    .add({
      name: 'presence',
      start: async () => {
        if (bus === null || database === null) throw new Error('presence starts after NATS and Postgres');
        presence = await openPresence({
          config,
          checkpoint: createCrashPoints(config.crashAt),
          bus,
          database,
          logger,
          health,
          metrics,
        });
      },
      stop: () => presence?.stop(),
    });
}
