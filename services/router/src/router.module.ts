import 'reflect-metadata';
import { type DynamicModule, type INestApplication, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Bus } from '@reveille/bus/connect';
import { openServiceBus } from '@reveille/bus/open-service-bus';
import { BusStrategy } from '@reveille/bus/nest/bus.strategy';
import { RethrowFilter } from '@reveille/bus/nest/rethrow.filter';
import type { Responder } from '@reveille/bus/respond';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { Health } from '@reveille/chassis/health';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { openHealthPage } from '@reveille/chassis/nest/health-page';
import { telemetryPart } from '@reveille/chassis/telemetry';
import { consumers, streams } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { AppResponder } from './inbound/ask/app.responder.js';
import { DeadLetterResponder } from './inbound/ask/dead-letter.responder.js';
import { ViewResponder } from './inbound/ask/view.responder.js';
import { listenForAcknowledgements } from './inbound/bus/acknowledgement.listener.js';
import { MessageConsumer } from './inbound/bus/message.consumer.js';
import { RevocationConsumer } from './inbound/bus/revocation.consumer.js';
import * as token from './inbound/tokens.js';
import { openRouter, type Router } from './open-router.module.js';
import { migrations } from './outbound/db/migrations.js';
import { type RouterTables, routerSchema } from './outbound/db/schema.js';

const service = 'router';
const neededStreams: ReadonlySet<string> = new Set([
  'MESSAGES',
  'DELIVERIES',
  'PUSHES',
  'PUSH_JOBS',
  'APPS',
  'DEAD_LETTERS',
]);
const { deliverMessage, withdrawPushes, messagesView, deliveriesView, pushesView } = consumers;
const needed = {
  streams: streams.filter(({ name }) => neededStreams.has(name)),
  consumers: [deliverMessage, withdrawPushes, messagesView, deliveriesView, pushesView],
  buckets: [],
};
const poolSize = 10;

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildRouter(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let http: INestApplication | null = null;
  let bus: Bus | null = null;
  let database: Database<RouterTables> | null = null;
  let router: Router | null = null;
  let doors: Doors | null = null;
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
        database = openDatabase<RouterTables>({ url: config.databaseUrl, schema: routerSchema, poolSize });
        await migrateDatabase(database.db, routerSchema, migrations);
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
      name: 'views',
      start: async () => {
        if (bus === null || database === null) throw new Error('the router starts after NATS and Postgres');
        const checkpoint = createCrashPoints(config.crashAt);
        router = await openRouter({ apps: config.apps, checkpoint, bus, database, logger, health, metrics });
      },
      stop: () => router?.stop(),
    })
    .add({
      name: 'doors',
      start: async () => {
        if (bus === null || router === null) throw new Error('the doors open last');
        doors = await openDoors(bus, router);
        logger.info('router takes messages');
      },
      stop: () => doors?.close(),
    });
}

@Module({})
class RouterModule {
  static with(router: Router): DynamicModule {
    return {
      module: RouterModule,
      controllers: [MessageConsumer, RevocationConsumer, ViewResponder, AppResponder, DeadLetterResponder],
      providers: [
        { provide: token.DELIVER_MESSAGE, useValue: router.deliver },
        { provide: token.WITHDRAW_PUSHES, useValue: router.withdraw },
        { provide: token.CLOCK, useValue: systemClock },
        { provide: token.FIND_MESSAGE, useValue: router.findMessage },
        { provide: token.READ_INBOX, useValue: router.readInbox },
        { provide: token.SHOW_TIMELINE, useValue: router.showTimeline },
        { provide: token.SETTLE_DEAD_LETTER, useValue: router.settleDeadLetter },
        { provide: token.CHANGE_APP, useValue: router.changeApp },
        { provide: token.CHECK_STANDING, useValue: router.checkStanding },
        { provide: token.LOCATE_PUSHES, useValue: router.locatePushes },
      ],
    };
  }
}

/** What comes in over the bus. */
export interface Doors {
  /** Takes nothing new, hands back what only waits, and resolves when the rest is finished. */
  close(): Promise<void>;
}

const nestOptions = { logger: false, abortOnError: false } as const;

export async function openDoors(bus: Bus, router: Router): Promise<Doors> {
  const strategy = new BusStrategy(bus);
  const app = await NestFactory.createMicroservice(RouterModule.with(router), { ...nestOptions, strategy });
  app.useGlobalFilters(new RethrowFilter());
  const listener: Responder = listenForAcknowledgements(bus, router.acknowledgements);
  await app.listen();
  await bus.nc.flush();
  return {
    async close() {
      router.stopWaiting();
      await Promise.all([strategy.stopTaking(), listener.stop()]);
      await app.close();
    },
  };
}
