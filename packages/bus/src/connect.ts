import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { type NatsConnection, nuid, type PermissionViolationError } from '@nats-io/nats-core';
import { connect as connectNats, nkeyAuthenticator } from '@nats-io/transport-node';
import { ForbiddenError, UnavailableError } from '@reveille/contracts/errors';
import type { LogFields } from '@reveille/contracts/log-fields';
import { duplicateWindowMs } from '@reveille/contracts/streams';
import { type AskWindow, MuxAskWindow } from './ask-window.js';
import type { StoredMessage } from './codec.js';
import { ConnectionEvents, type ConnectionListener } from './connection-events.js';
import {
  CountedPublishWindow,
  type PublishWindow,
  type PublishWindowOptions,
  publishWindowDefaults,
} from './publish-window.js';
import { checkServer } from './server-check.js';
import { type NewestMessages, type ScanRange, StreamReader } from './stream-reader.js';

export interface BusLogger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface BusOptions {
  readonly servers: readonly string[];
  /** Shown in the server's own lists. */
  readonly name: string;
  /** The nkey seed of this identity; null for a server without authentication. */
  readonly seed: string | null;
  /** Below it answers come, under a name of this connection's own: two processes may share an identity. */
  readonly inboxPrefix: string;
  readonly logger: BusLogger;
  /** The wall clock, epoch ms. */
  readonly clock?: { now(): number };
  readonly publishWindow?: Partial<PublishWindowOptions>;
  onDisconnect?(): void;
  onReconnect?(): void;
}

/** The one connection of a process to NATS and everything that lives on it. It reconnects for ever. */
export interface Bus {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly publisher: PublishWindow;
  readonly asker: AskWindow;
  readonly logger: BusLogger;
  readonly clock: { now(): number };
  /** Grows with every (re)connection. */
  readonly epoch: number;
  /** Grows with every loss of the connection, before the next one can bring anything. */
  readonly losses: number;
  /** How long the streams of this process remember an id: the same id is sent again for half of it, and older messages count as repeats. */
  readonly duplicateWindowMs: number;
  /** What the streams really have (`checkProvisioned` says it); until then 2 min. */
  useDuplicateWindow(ms: number): void;
  listen(listener: ConnectionListener): () => void;
  /** Tells the loops of this process that a consumer's pause is over. */
  announceResumed(stream: string, consumer: string): void;
  /** A fresh subject below the own inbox. */
  inbox(purpose: string): string;
  /** The stream's last sequence at (or just after) the moment of the present connection. */
  streamTailAtConnect(stream: string): Promise<number>;
  /** The sequence of the last message in the stream, 0 when it is empty; asked of the leader. */
  streamTail(stream: string): Promise<number>;
  /** One message by its sequence, from the leader; null when it is gone. */
  getMessage(stream: string, sequence: number): Promise<StoredMessage | null>;
  /** The last message under a subject (or pattern), from the leader. */
  getLastMessage(stream: string, subject: string): Promise<StoredMessage | null>;
  /** The first message at or after a sequence under a subject or pattern, from the leader. */
  getNextMessage(stream: string, fromSequence: number, subject: string): Promise<StoredMessage | null>;
  /** The newest message of each subject; null where there are too many subjects to read it otherwise than by a scan. */
  newest(stream: string, subject: string): Promise<NewestMessages | null>;
  /** A bounded read in the order of the stream; complete up to `untilSequence` even if replicas lag. */
  scan(stream: string, range: ScanRange): AsyncIterable<StoredMessage>;
  /** How many messages there are on these subjects from that time (epoch ms) on; a replica that lags may miss the last ones. */
  count(
    stream: string,
    range: { readonly startTime: number; readonly subjects: readonly string[] },
  ): Promise<number>;
  /** Waits for open PubAcks, then for what is still to be handled, then closes. */
  drain(): Promise<void>;
  isConnected(): boolean;
}

/** Connects and refuses, in one sentence, a server that lacks what we need. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const own = { ...options, inboxPrefix: `${options.inboxPrefix}.${nuid.next()}` };
  const nc = await dial(own);
  try {
    await checkServer(nc);
  } catch (error) {
    await nc.close();
    throw error;
  }
  return openBus(nc, own);
}

async function dial(options: BusOptions): Promise<NatsConnection> {
  try {
    return await connectNats({
      servers: [...options.servers],
      name: options.name,
      inboxPrefix: options.inboxPrefix,
      ...(options.seed === null
        ? {}
        : { authenticator: nkeyAuthenticator(new TextEncoder().encode(options.seed)) }),
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 100,
      // A configuration reload may close connections; that is no reason to give up.
      ignoreAuthErrorAbort: true,
      pingInterval: 10_000,
      maxPingOut: 2,
      timeout: 10_000,
      noAsyncTraces: true,
    });
  } catch (cause) {
    const where = options.servers.join(', ');
    if (cause instanceof Error && cause.name === 'AuthorizationError') {
      throw new ForbiddenError(`nats-server at ${where} does not know the key of ${options.name}`, { cause });
    }
    throw new UnavailableError(`nats-server at ${where} cannot be reached`, { cause });
  }
}

async function openBus(nc: NatsConnection, options: BusOptions): Promise<Bus> {
  const { logger, inboxPrefix } = options;
  const clock = options.clock ?? { now: () => performance.timeOrigin + performance.now() };
  const events = new ConnectionEvents();
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const reader = new StreamReader(nc, jsm);
  const lastMessageOf = async (stream: string, subject: string) => {
    const last = await reader.getLastMessage(stream, subject);
    return last === null ? null : { messageId: last.headers['Nats-Msg-Id'] ?? '', sequence: last.sequence };
  };
  const window = { ...publishWindowDefaults, ...options.publishWindow };
  const publisher = new CountedPublishWindow(nc, events, inboxPrefix, lastMessageOf, window);
  const asker = new MuxAskWindow(nc, events, inboxPrefix);
  let epoch = 1;
  let losses = 0;
  let isConnected = true;
  let tails = new Map<string, Promise<number>>();
  let inboxes = 0;
  let windowMs = duplicateWindowMs;

  const watch = async () => {
    for await (const status of nc.status()) {
      if (status.type === 'disconnect' && isConnected) {
        isConnected = false;
        losses += 1;
        logger.warn('NATS connection lost', { server: status.server });
        events.disconnected();
        options.onDisconnect?.();
      } else if (status.type === 'reconnect') {
        isConnected = true;
        epoch += 1;
        tails = new Map();
        logger.info('NATS connection is back', { server: status.server, epoch });
        events.connected(epoch);
        options.onReconnect?.();
      } else if (status.type === 'error' && status.error.name === 'PermissionViolationError') {
        const { operation, subject, message } = status.error as PermissionViolationError;
        logger.warn('NATS refused a subject', { operation, subject });
        events.refused(operation, subject, message);
      } else if (status.type === 'error') {
        logger.warn('NATS reports an error', { error: status.error });
      }
    }
  };
  void watch();
  void nc.closed().then(() => {
    isConnected = false;
    publisher.close();
    asker.close();
  });

  return {
    nc,
    jsm,
    publisher,
    asker,
    logger,
    clock,
    get epoch() {
      return epoch;
    },
    get losses() {
      return losses;
    },
    get duplicateWindowMs() {
      return windowMs;
    },
    useDuplicateWindow(ms) {
      windowMs = ms;
      publisher.useDuplicateWindow(ms);
    },
    listen: (listener) => events.add(listener),
    announceResumed: (stream, consumer) => events.resumed(stream, consumer),
    inbox: (purpose) => `${inboxPrefix}.${purpose}.${++inboxes}`,
    streamTailAtConnect(stream) {
      let tail = tails.get(stream);
      if (tail === undefined) {
        const mine = tails;
        tail = reader.streamTail(stream).catch((error: unknown) => {
          mine.delete(stream);
          throw error;
        });
        tails.set(stream, tail);
      }
      return tail;
    },
    streamTail: (stream) => reader.streamTail(stream),
    getMessage: (stream, sequence) => reader.getMessage(stream, sequence),
    getLastMessage: (stream, subject) => reader.getLastMessage(stream, subject),
    getNextMessage: (stream, from, subject) => reader.getNextMessage(stream, from, subject),
    newest: (stream, subject) => reader.newest(stream, subject),
    scan: (stream, range) => reader.scan(stream, range),
    count: (stream, range) => reader.count(stream, range),
    async drain() {
      if (nc.isClosed()) return;
      // Without a connection there is nobody to wait for: what has no PubAck fails to its owner.
      if (!isConnected) return nc.close();
      await publisher.flush();
      await nc.drain();
    },
    isConnected: () => isConnected,
  };
}
