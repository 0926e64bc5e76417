import { openAppDirectory } from '@reveille/bus/app-directory';
import type { Bus } from '@reveille/bus/connect';
import { respond, type Responder } from '@reveille/bus/respond';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { problemOfError } from '@reveille/chassis/problem';
import { withSpan } from '@reveille/chassis/telemetry';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { doneAnswerSchema, kickAskSchema } from '@reveille/contracts/ask/presence';
import { ContractError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
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
import type { Doors } from './inbound/doors.js';
import { digest } from './inbound/http/message.controller.js';
import type { ClientConnection } from './inbound/ws/client-connection.js';
import type { FrameHandlers } from './inbound/ws/client-frames.js';
import { SocketServer } from './inbound/ws/socket-server.js';
import { askOwner } from './outbound/ask-owner.js';
import { ConnectionRegistry } from './outbound/connection-registry.js';
import { FactPublisher } from './outbound/fact-publisher.js';
import { gatewayLease } from './outbound/gateway-lease.js';
import { PendingAsks } from './outbound/pending-asks.js';
import { UserRateLimit } from './outbound/rate-limit.js';
import { TokenVerifier } from './outbound/token-verifier.js';
import type { Authenticator, Owners } from './ports.js';
import { conversationKeyOf } from './protocol/conversation-key.js';

const leaseEveryMs = 10_000;
const sweepEveryMs = 1_000;
const replacedReason = 'logged in on another connection';

export interface GatewayOptions {
  readonly config: Config;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** False while NATS has been away for too long. */
  readonly isServing: () => boolean;
}

export interface Gateway {
  readonly sockets: SocketServer;
  readonly doors: Doors;
  /** The connection to NATS was lost. */
  busLost(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts the rooms of the gateway together. Resolves when all apps are known. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { config, bus, logger, metrics } = options;
  const clock = systemClock;
  const changed: { tell(app: AppId): void } = { tell: () => undefined };
  const apps = await openAppDirectory(bus, {
    configured: ({ app }) => changed.tell(app),
    removed: (app) => changed.tell(app),
  });
  const authenticator = new TokenVerifier(apps, clock);
  changed.tell = (app) => authenticator.forget(app);
  const owners = askOwner(bus);
  const limit = new UserRateLimit(clock);
  const changes = new UserRateLimit(clock);
  const acknowledgements = new UserRateLimit(clock);
  const pages = new UserRateLimit(clock);
  const limits = [limit, changes, acknowledgements, pages];
  const pending = new PendingAsks(clock);
  const time = { clock, ids: systemIds, checkpoint: createCrashPoints(config.crashAt) };
  const facts = new FactPublisher(bus, systemIds, config.dedupKey);
  const accept = measureAccepting(metrics, acceptMessage({ apps, facts, owners, limit, time }));
  const inbox = readInbox({ owners, apps, limit: pages });
  const live = new LiveSubscriber(bus, (app, user, body, answer) => deliver(app, user, body, answer));
  const registry = new ConnectionRegistry<ClientConnection>(live);
  const connections = { of: (app: string, user: string) => registry.of(app, user).map(asLive) };
  const deliver = deliverLive({ connections, pending, clock });
  const frames = metrics.counter('frames_total', 'Frames of clients.', ['frame']);
  const slow = metrics.counter('slow_readers_total', 'Connections closed because their client did not read.');

  const handlers: FrameHandlers = {
    ...sessionHandlers({ config, owners, changes, authenticator, logger }),
    acknowledge: acknowledgeMessage({ asks: pending, owners, clock, apps, limit: acknowledgements }),
    inbox: ({ app, user }, cursor, pageSize) =>
      inbox({ app, user, cursor, limit: pageSize, isLimited: true }),
    messagesPerSecond: (app) => apps.get(app)?.messagesPerSecond ?? 0,
    send: (session, message) =>
      accept(
        {
          ...message,
          app: session.app,
          sender: session.user,
          senderDeviceId: session.deviceId,
          mayBeKnown: message.attempt > 0,
          isLimited: true,
          conversationKey: conversationKeyOf(session.user, message.recipients, digest),
          traceparent: newTraceparent(),
        },
        'websocket',
      ),
  };
  const sockets = new SocketServer({
    handlers,
    registry,
    clock,
    random: () => systemIds.random(),
    logger,
    allowedOrigins: config.allowedOrigins,
    isServing: options.isServing,
    counted: { frame: (frame) => frames.add({ frame }), slow: () => slow.add() },
  });
  metrics.observed('connections', 'Open WebSockets.', () => sockets.size);
  metrics.observed('sessions', 'Connections that are logged in.', () => registry.size);
  metrics.observed('pending_asks', 'Live asks that wait for a client.', () => pending.size);

  const lease = gatewayLease({ gatewayId: config.gatewayId, owners, clock, logger });
  const timers: NodeJS.Timeout[] = [];
  let kicks: Responder | null = null;
  return {
    sockets,
    doors: {
      authenticator,
      accept: (message) => accept(message, 'http'),
      timeline: readTimeline({ owners }),
      inbox,
      devices: manageDevice({ owners, changes }),
    },
    busLost: () => pending.clear(),
    async start() {
      kicks = answerKicks(bus, config, sockets);
      await lease.first();
      timers.push(setInterval(lease.renew, leaseEveryMs));
      const sweep = () => {
        pending.sweep();
        for (const rate of limits) rate.sweep();
      };
      timers.push(setInterval(sweep, sweepEveryMs));
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await kicks?.stop();
      apps.stop();
      owners.stop();
    },
  };
}

function measureAccepting(metrics: Metrics, accept: ReturnType<typeof acceptMessage>) {
  const help = 'From a message at the door to its PubAck and answer.';
  const latency = metrics.histogram('accept_seconds', help, { labels: ['door'] });
  const fates = metrics.counter('accepts_total', 'Messages at the door, by what became of them.', [
    'door',
    'outcome',
  ]);
  return async (message: MessageToAccept, door: string) => {
    const startedAt = performance.now();
    const span = {
      parent: message.traceparent,
      kind: 'producer',
      attributes: { 'reveille.app': message.app },
    } as const;
    try {
      const accepted = await withSpan('accept message', span, (traceparent) =>
        accept({ ...message, traceparent }),
      );
      latency.observe((performance.now() - startedAt) / 1_000, { door });
      fates.add({ door, outcome: 'accepted' });
      return accepted;
    } catch (error) {
      fates.add({ door, outcome: problemOfError(error).code });
      throw error;
    }
  };
}

interface Around {
  readonly config: Config;
  readonly owners: Owners;
  readonly logger: Logger;
}

function sessionHandlers({
  config,
  owners,
  changes,
  authenticator,
  logger,
}: Around & { changes: UserRateLimit; authenticator: Authenticator }) {
  const { gatewayId } = config;
  return {
    authenticate: (token: string) => authenticator.client(token),
    newSessionId: () => systemIds.uuid(),
    open: openSession({ owners, gatewayId }),
    close: closeSession({ owners }),
    move: moveSession({ owners, changes }),
    kickElsewhere: (replaced: readonly { gatewayId: string; sessionId: string }[]) => {
      for (const other of replaced.filter((session) => session.gatewayId !== gatewayId)) {
        const ask = { sessionIds: [other.sessionId], reason: replacedReason };
        owners.ask(subjects.askKick(other.gatewayId), ask, doneAnswerSchema).catch((error: unknown) => {
          // A gateway that is gone has no connection left to end.
          logger.debug('another gateway did not end a replaced session', { error });
        });
      }
    },
  };
}

function answerKicks(bus: Bus, { gatewayId }: Config, sockets: SocketServer): Responder {
  return respond(bus, subjects.askKick(gatewayId), { queue: null }, (body) => {
    const ask = kickAskSchema.safeParse(body);
    if (!ask.success) throw new ContractError(`a kick does not fit its schema: ${ask.error.message}`);
    for (const sessionId of ask.data.sessionIds) sockets.kick(sessionId, ask.data.reason);
    return { done: true };
  });
}

function asLive(connection: ClientConnection) {
  return {
    deviceId: connection.session?.deviceId ?? '',
    isBackground: connection.isBackground,
    deliver: (message: Parameters<ClientConnection['deliver']>[0]) => connection.deliver(message),
  };
}
