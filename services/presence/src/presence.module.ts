import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Bus, connectBus } from '@reveille/bus/connect';
import { inboxPrefixOf } from '@reveille/bus/nats-config';
import { checkProvisioned } from '@reveille/bus/provision';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { Health } from '@reveille/chassis/health';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger, type Logger } from '@reveille/chassis/logger';
import { createMetrics, type Metrics } from '@reveille/chassis/metrics';
import { HEALTH, HealthController, METRICS } from '@reveille/chassis/nest/health.controller';
import { startTelemetry } from '@reveille/chassis/telemetry';
import { buckets, consumers, streams } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { migrations } from './outbound/db/migrations.js';
import { type PresenceTables, presenceSchema } from './outbound/db/schema.js';
import { openPresence, type Presence } from './open-presence.module.js';

const service = 'presence';
const streamNames: ReadonlySet<string> = new Set(['DEVICES', 'SESSIONS', 'APPS', 'PUSHES']);
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
  let stopTelemetry = async (): Promise<void> => undefined;
  let http: INestApplication | null = null;
  let bus: Bus | null = null;
  let database: Database<PresenceTables> | null = null;
  let presence: Presence | null = null;
  return new Lifecycle(logger, health)
    .add({
      name: 'telemetry',
      start: async () => {
        stopTelemetry = await startTelemetry(service, config.instance);
      },
      stop: () => stopTelemetry(),
    })
    .add({
      name: 'health page',
      start: async () => {
        http = await openHealthPage(config, health, metrics);
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
        bus = await openBus(config, logger, health);
        await checkProvisioned(bus, needed);
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

@Module({})
class PresenceModule {
  static with(health: Health, metrics: Metrics): DynamicModule {
    return {
      module: PresenceModule,
      controllers: [HealthController],
      providers: [
        { provide: HEALTH, useValue: health },
        { provide: METRICS, useValue: metrics },
      ],
    };
  }
}

async function openHealthPage(config: Config, health: Health, metrics: Metrics): Promise<INestApplication> {
  const options = { logger: false, abortOnError: false } as const;
  const http = await NestFactory.create(PresenceModule.with(health, metrics), options);
  await http.listen(config.httpPort, config.httpHost);
  return http;
}

async function openBus(config: Config, logger: Logger, health: Health): Promise<Bus> {
  const bus = await connectBus({
    servers: [config.natsUrl],
    name: `${service} ${config.instance}`,
    seed: config.natsSeed?.expose() ?? null,
    inboxPrefix: inboxPrefixOf(service),
    logger,
    clock: systemClock,
    onDisconnect: () => health.set('nats', false, 'the connection is lost'),
    onReconnect: () => health.set('nats', true),
  });
  health.set('nats', true);
  return bus;
}
