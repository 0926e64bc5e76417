import 'reflect-metadata';
import type { Server } from 'node:http';
import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { type Bus, connectBus } from '@reveille/bus/connect';
import { inboxPrefixOf } from '@reveille/bus/nats-config';
import { respond } from '@reveille/bus/respond';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger, type Logger } from '@reveille/chassis/logger';
import { createMetrics, type Metrics } from '@reveille/chassis/metrics';
import { HEALTH, HealthController, METRICS } from '@reveille/chassis/nest/health.controller';
import { LOGGER, ProblemFilter } from '@reveille/chassis/nest/problem.filter';
import { startTelemetry, withSpan } from '@reveille/chassis/telemetry';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { doneAnswerSchema, kickAskSchema, leaseGatewayAskSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import { maxFrameBytes } from '@reveille/contracts/ws/frames';
import type { Config } from './config.js';
import { acceptMessage, type MessageToAccept } from './handlers/accept-message.js';
import { acknowledgeMessage } from './handlers/acknowledge-message.js';
import { closeSession } from './handlers/close-session.js';
import { deliverLive } from './handlers/deliver-live.js';
import { manageDevice } from './handlers/manage-device.js';
import { moveSession } from './handlers/move-session.js';
import { openSession } from './handlers/open-session.js';
import { readInbox } from './handlers/read-inbox.js';
import { readTimeline } from './handlers/read-timeline.js';
import { LiveSubscriber } from './inbound/bus/live.subscriber.js';
import { DOORS, type Doors } from './inbound/doors.js';
import { DeviceController } from './inbound/http/device.controller.js';
import { digest, MessageController } from './inbound/http/message.controller.js';
import { OpenApiController } from './inbound/http/openapi.controller.js';
import type { ClientConnection } from './inbound/ws/client-connection.js';
import { SocketServer } from './inbound/ws/socket-server.js';
import { AppDirectory } from './outbound/app-directory.js';
import { askOwner } from './outbound/ask-owner.js';
import { ConnectionRegistry } from './outbound/connection-registry.js';
import { FactPublisher } from './outbound/fact-publisher.js';
import { PendingAsks } from './outbound/pending-asks.js';
import { UserRateLimit } from './outbound/rate-limit.js';
import { TokenVerifier } from './outbound/token-verifier.js';
import { conversationKeyOf } from './protocol/conversation-key.js';

const service = 'gateway';
const leaseEveryMs = 10_000;
const sweepEveryMs = 1_000;
/** How long clients are kept while NATS is away; then they are sent elsewhere. */
const natsGraceMs = 10_000;

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildGateway(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let stopTelemetry = async (): Promise<void> => undefined;
  let bus: Bus | null = null;
  let gateway: Gateway | null = null;
  let http: NestExpressApplication | null = null;
  const losses = new LossWatch(() => gateway?.sockets.endAll(1012, 'the gateway lost its bus: connect again'));
  return new Lifecycle(logger, health)
    .add({
      name: 'telemetry',
      start: async () => {
        stopTelemetry = await startTelemetry(service, config.instance);
      },
      stop: () => stopTelemetry(),
    })
    .add({
      name: 'nats',
      start: async () => {
        bus = await openBus(config, logger, health, losses);
      },
      stop: () => bus?.drain(),
    })
    .add({
      name: 'gateway',
      start: async () => {
        if (bus === null) throw new Error('the gateway starts after NATS');
        gateway = wire({ config, bus, logger, metrics });
        await gateway.start();
      },
      stop: () => gateway?.stop(),
    })
    .add({
      name: 'http',
      start: async () => {
        if (gateway === null) throw new Error('the doors open last');
        http = await openHttp(config, GatewayModule.with({ doors: gateway.doors, health, metrics, logger }));
        gateway.sockets.listenOn(http.getHttpServer() as Server);
        await http.listen(config.httpPort, config.httpHost);
        logger.info('clients may come', { host: config.httpHost, port: config.httpPort, gatewayId: config.gatewayId });
      },
      // Sockets get their good-bye before the server goes; what they say last still reaches presence.
      stop: async () => {
        await gateway?.sockets.stop();
        await http?.close();
      },
    });
}

@Module({})
class GatewayModule {
  static with({ doors, health, metrics, logger }: { doors: Doors; health: Health; metrics: Metrics; logger: Logger }): DynamicModule {
    return {
      module: GatewayModule,
      controllers: [HealthController, MessageController, DeviceController, OpenApiController],
      providers: [
        { provide: DOORS, useValue: doors },
        { provide: HEALTH, useValue: health },
        { provide: METRICS, useValue: metrics },
        { provide: LOGGER, useValue: logger },
        { provide: APP_FILTER, useFactory: (to: Logger) => new ProblemFilter(to), inject: [LOGGER] },
      ],
    };
  }
}

async function openHttp(config: Config, module: DynamicModule): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(module, { logger: false, abortOnError: false, bodyParser: false });
  app.disable('x-powered-by');
  app.useBodyParser('json', { limit: maxFrameBytes });
  app.use((_request: unknown, response: { setHeader(name: string, value: string): void }, next: () => void) => {
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    next();
  });
  if (config.allowedOrigins.length > 0) app.enableCors({ origin: [...config.allowedOrigins] });
  return app;
}

async function openBus(config: Config, logger: Logger, health: Health, losses: LossWatch): Promise<Bus> {
  const bus = await connectBus({
    servers: [config.natsUrl],
    name: `${service} ${config.instance}`,
    seed: config.natsSeed?.expose() ?? null,
    inboxPrefix: inboxPrefixOf(service),
    logger,
    clock: systemClock,
    onDisconnect: () => {
      health.set('nats', false, 'the connection is lost');
      losses.lost();
    },
    onReconnect: () => {
      health.set('nats', true);
      losses.found();
    },
  });
  health.set('nats', true);
  return bus;
}

/** Sends clients elsewhere when NATS stays away. */
class LossWatch {
  #timer: NodeJS.Timeout | null = null;
  constructor(private readonly giveUp: () => unknown) {}
  lost(): void {
    this.#timer ??= setTimeout(() => void this.giveUp(), natsGraceMs);
  }
  found(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

interface Gateway {
  readonly sockets: SocketServer;
  readonly doors: Doors;
  start(): Promise<void>;
  stop(): Promise<void>;
}

function wire({ config, bus, logger, metrics }: { config: Config; bus: Bus; logger: Logger; metrics: Metrics }): Gateway {
  const clock = systemClock;
  const apps = new AppDirectory(bus, (app) => authenticator.forget(app));
  const authenticator = new TokenVerifier(apps, clock);
  const owners = askOwner(bus);
  const limit = new UserRateLimit(clock);
  const pending = new PendingAsks(clock);
  const time = { clock, ids: systemIds, checkpoint: createCrashPoints(config.crashAt) };
  const accept = acceptMessage({ apps, facts: new FactPublisher(bus, systemIds, config.dedupKey), owners, limit, time });
  const latency = metrics.histogram('accept_seconds', 'From a message at the door to its PubAck and answer.', { labels: ['door'] });
  const measured = async (message: MessageToAccept, door: string) => {
    const startedAt = performance.now();
    const accepted = await withSpan('accept message', { parent: message.traceparent, kind: 'producer', attributes: { 'im.app': message.app } }, (traceparent) =>
      accept({ ...message, traceparent }),
    );
    latency.observe((performance.now() - startedAt) / 1_000, { door });
    return accepted;
  };

  const live = new LiveSubscriber(bus, (app, user, body, answer) => deliver(app, user, body, answer));
  const registry = new ConnectionRegistry<ClientConnection>(live);
  const connections = { of: (app: string, user: string) => registry.of(app, user).map(asLive) };
  const deliver = deliverLive({ connections, pending, clock });
  const open = openSession({ authenticator, owners, ids: systemIds, gatewayId: config.gatewayId });
  const close = closeSession({ owners });
  const move = moveSession({ owners });
  const acknowledge = acknowledgeMessage({ asks: pending, owners, clock });
  const inbox = readInbox({ owners });
  const frames = metrics.counter('frames_total', 'Frames of clients.', ['frame']);
  const slow = metrics.counter('slow_readers_total', 'Connections closed because their client did not read.');

  const sockets = new SocketServer({
    registry,
    clock,
    random: () => systemIds.random(),
    logger,
    allowedOrigins: config.allowedOrigins,
    counted: { frame: (frame) => frames.add({ frame }), slow: () => slow.add() },
    handlers: {
      open,
      close,
      move,
      acknowledge,
      inbox: ({ app, user }, cursor, limitOfPage) => inbox(app, user, cursor, limitOfPage),
      send: ({ app, user, deviceId }, { clientMessageId, attempt, recipients, content, pushConfig, priority, ttlSeconds }) =>
        measured(
          {
            app, sender: user, senderDeviceId: deviceId, clientMessageId, recipients, content, pushConfig, priority, ttlSeconds, attempt,
            mayBeKnown: attempt > 0,
            isLimited: true,
            conversationKey: conversationKeyOf(user, recipients, digest),
            traceparent: newTraceparent(),
          },
          'websocket',
        ),
      kickElsewhere: (replaced) => {
        for (const { gatewayId, sessionId } of replaced) {
          owners.ask(subjects.askKick(gatewayId), { sessionIds: [sessionId], reason: 'logged in on another connection' }, doneAnswerSchema).catch((error: unknown) => {
            // A gateway that is gone has no connection left to end.
            logger.debug('another gateway did not end a replaced session', { gatewayId, error });
          });
        }
      },
      messagesPerSecond: (app) => apps.get(app)?.messagesPerSecond ?? 0,
    },
  });
  metrics.observed('connections', 'Open WebSockets.', () => sockets.size);
  metrics.observed('sessions', 'Connections that are logged in.', () => registry.size);
  metrics.observed('pending_asks', 'Live asks that wait for a client.', () => pending.size);

  const timers: NodeJS.Timeout[] = [];
  const kicks = () =>
    respond(bus, subjects.askKick(config.gatewayId), { queue: null }, (body) => {
      const { sessionIds, reason } = kickAskSchema.parse(body);
      for (const sessionId of sessionIds) sockets.kick(sessionId, reason);
      return { done: true };
    });
  const lease = async (): Promise<void> => {
    await owners.ask(subjects.askLeaseGateway(), leaseGatewayAskSchema.parse({ gatewayId: config.gatewayId }), doneAnswerSchema);
  };
  let kickResponder: ReturnType<typeof kicks> | null = null;
  return {
    sockets,
    doors: {
      authenticator,
      accept: (message) => measured(message, 'http'),
      timeline: readTimeline({ owners }),
      inbox,
      devices: manageDevice({ owners }),
    },
    async start() {
      await apps.start();
      kickResponder = kicks();
      await lease();
      const renew = (): void => void lease().catch((error: unknown) => logger.warn('the lease of this gateway was not renewed', { error }));
      timers.push(setInterval(renew, leaseEveryMs));
      timers.push(setInterval(() => (pending.sweep(), limit.sweep()), sweepEveryMs));
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await kickResponder?.stop();
      apps.stop();
    },
  };
}

function asLive(connection: ClientConnection) {
  return {
    deviceId: connection.session?.deviceId ?? '',
    isBackground: connection.isBackground,
    deliver: (message: Parameters<ClientConnection['deliver']>[0]) => connection.deliver(message),
  };
}
