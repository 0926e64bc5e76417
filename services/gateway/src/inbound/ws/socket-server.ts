import type { Server } from 'node:http';
import type { Logger } from '@reveille/chassis/logger';
import type { CloseSessionAsk, OpenSessionAnswer } from '@reveille/contracts/ask/presence';
import type { InboxPageAnswer } from '@reveille/contracts/ask/router';
import { isErrorNamed, isRetryable } from '@reveille/contracts/errors';
import type { AppId, DeviceId, Instant, MessageId, SessionId, UserId } from '@reveille/contracts/ids';
import type { Platform } from '@reveille/contracts/device/platform';
import { type ClientFrame, closeCode, heartbeatMs, maxFrameBytes, offlineAfterMs, subprotocol } from '@reveille/contracts/ws/frames';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { errorFrame, readFrame } from '../../protocol/frame-codec.js';
import { permits } from '../../protocol/handshake.js';
import { ClientConnection, type Session } from './client-connection.js';

export interface SocketHandlers {
  open(login: { token: string; deviceId: DeviceId; platform: Platform; background: boolean }): Promise<{
    principal: { app: AppId; user: UserId; expiresAt: Instant };
    sessionId: SessionId;
    replaced: OpenSessionAnswer['replaced'];
  }>;
  close(session: Session, reason: CloseSessionAsk['reason']): Promise<void>;
  move(session: Session, background: boolean): Promise<void>;
  send(session: Session, frame: Extract<ClientFrame, { t: 'send' }>): Promise<{ messageId: MessageId; acceptedAt: Instant }>;
  acknowledge(session: Session, messageIds: readonly MessageId[]): void;
  inbox(session: Session, cursor: string | null, limit: number): Promise<InboxPageAnswer>;
  /** Sessions of other gateways that this login has replaced. */
  kickElsewhere(replaced: OpenSessionAnswer['replaced']): void;
  messagesPerSecond(app: AppId): number;
}

export interface SocketServerOptions {
  readonly handlers: SocketHandlers;
  readonly registry: { add(connection: ClientConnection): Promise<void>; remove(connection: ClientConnection): void; bySession(id: SessionId): ClientConnection | null };
  readonly clock: { now(): Instant };
  readonly random: () => number;
  readonly logger: Logger;
  readonly allowedOrigins: readonly string[];
  readonly counted: { frame(type: string): void; slow(): void };
}

const loginTimeoutMs = 10_000;
const sweepEveryMs = 1_000;
const framesAtHandLimit = 512;
/** A reader that stopped may take its time to find out why it was closed; what is kept for it is bounded. */
const closeTimeoutMs = 300_000;
const endJitterMs = 2_000;

/** The door for clients: raw WebSockets on the HTTP server, one sweep for all clocks, no timer and no queue per connection. */
export class SocketServer {
  readonly #server: WebSocketServer;
  readonly #connections = new Set<ClientConnection>();
  /** Sessions whose end presence has not heard of yet. */
  readonly #unclosed = new Map<Session, CloseSessionAsk['reason']>();
  #sweep: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(private readonly options: SocketServerOptions) {
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      clientTracking: false,
      // Known to ws; its types do not have it yet.
      ...({ closeTimeout: closeTimeoutMs } as object),
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    });
  }

  listenOn(http: Server): void {
    http.on('upgrade', (request, socket, head) => {
      const origin = request.headers.origin;
      const { allowedOrigins } = this.options;
      const isWelcome = origin === undefined || allowedOrigins.length === 0 || allowedOrigins.includes(origin);
      if (this.#isEnding || !isWelcome) {
        socket.end(`HTTP/1.1 ${this.#isEnding ? '503 Service Unavailable' : '403 Forbidden'}\r\nconnection: close\r\n\r\n`);
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#take(webSocket));
    });
    this.#sweep = setInterval(() => this.#look(), sweepEveryMs);
  }

  get size(): number {
    return this.#connections.size;
  }

  /** Ends a session that a newer login replaced. */
  kick(sessionId: SessionId, reason: string): void {
    this.options.registry.bySession(sessionId)?.close(closeCode.kicked, reason);
  }

  /** All connections get a good-bye, spread over two seconds so that clients do not come back at the same instant. */
  async endAll(code: number, reason: string): Promise<void> {
    const all = [...this.#connections];
    await Promise.all(
      all.map(async (connection) => {
        await pause(Math.min(endJitterMs, all.length) * this.options.random());
        connection.close(code, reason);
      }),
    );
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.endAll(1012, 'the gateway restarts: connect again');
    const deadline = this.options.clock.now() + 3_000;
    while ((this.#connections.size > 0 || this.#unclosed.size > 0) && this.options.clock.now() < deadline) await pause(20);
    for (const { socket } of this.#connections) socket.terminate();
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#server.close();
  }

  #take(socket: WebSocket): void {
    const now = this.options.clock.now();
    const connection = new ClientConnection(socket, now, now, (slow) => this.#slow(slow));
    this.#connections.add(connection);
    socket.on('message', (data, isBinary) => this.#hear(connection, data, isBinary));
    socket.on('close', () => this.#gone(connection));
    socket.on('error', (error) => this.#broken(connection, error));
  }

  #broken(connection: ClientConnection, error: Error): void {
    // ws has closed it with 1009 already; our own code says the same in the words of the protocol.
    if ('code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') connection.close(closeCode.frameTooLarge, 'a frame has at most 64 KiB');
    else this.options.logger.debug('a connection broke', { error });
  }

  #hear(connection: ClientConnection, data: RawData, isBinary: boolean): void {
    if (connection.state === 'closed') return;
    connection.lastHeardAt = this.options.clock.now();
    if (isBinary) return connection.close(closeCode.frameInvalid, 'frames are text');
    const read = readFrame((data as Buffer).toString());
    if (read.kind === 'refused') {
      this.options.counted.frame('refused');
      connection.send({ t: 'error', ...(read.id === undefined ? {} : { id: read.id }), code: read.code, message: read.message, retryAfterMs: null });
      return;
    }
    const { frame } = read;
    this.options.counted.frame(frame.t);
    const id = 'id' in frame ? frame.id : undefined;
    const permit = permits(connection.state, frame.t);
    if (permit.kind === 'refused') {
      connection.send({ t: 'error', ...(id === undefined ? {} : { id }), code: permit.code, message: permit.message, retryAfterMs: null });
      return;
    }
    if (connection.framesAtHand >= framesAtHandLimit) {
      connection.send({ t: 'error', ...(id === undefined ? {} : { id }), code: 'rate-limited', message: `at most ${framesAtHandLimit} frames at a time`, retryAfterMs: 100 });
      return;
    }
    connection.framesAtHand += 1;
    void this.#handle(connection, frame, id)
      .catch((error: unknown) => {
        if (!isErrorNamed(error, 'RefusedError') && !isRetryable(error)) this.options.logger.error('a frame failed', { frame: frame.t, error });
        connection.send(errorFrame(id, error));
      })
      .finally(() => {
        connection.framesAtHand -= 1;
      });
  }

  async #handle(connection: ClientConnection, frame: ClientFrame, id: string | undefined): Promise<void> {
    const { handlers } = this.options;
    const answered = id === undefined ? {} : { id };
    const session = connection.session;
    switch (frame.t) {
      case 'ping':
        connection.send({ t: 'pong', ...answered });
        return;
      case 'hello':
        connection.deviceId = frame.deviceId;
        connection.platform = frame.platform;
        connection.state = 'greeted';
        return;
      case 'login':
        await this.#login(connection, frame, answered);
        return;
    }
    if (session === null) return;
    switch (frame.t) {
      case 'send':
        connection.send({ t: 'sent', ...answered, ...(await handlers.send(session, frame)) });
        return;
      case 'ack':
        connection.acknowledged(frame.messageIds.length);
        handlers.acknowledge(session, frame.messageIds);
        return;
      case 'inbox':
        connection.send({ t: 'page', ...answered, ...(await handlers.inbox(session, frame.cursor, frame.limit)) });
        return;
      case 'state':
        connection.isBackground = frame.background;
        await handlers.move(session, frame.background);
        connection.send({ t: 'ok', ...answered });
        return;
      case 'logout':
        await handlers.close(session, 'logout');
        this.options.registry.remove(connection);
        connection.session = null;
        connection.send({ t: 'ok', ...answered });
        connection.close(closeCode.loggedOut, 'logged out');
    }
  }

  async #login(connection: ClientConnection, frame: Extract<ClientFrame, { t: 'login' }>, answered: { id?: string }): Promise<void> {
    const { handlers, registry } = this.options;
    const { deviceId, platform } = connection;
    if (deviceId === null) return;
    connection.state = 'opening';
    connection.isBackground = frame.background;
    try {
      const { principal, sessionId, replaced } = await handlers.open({ token: frame.token, deviceId, platform, background: frame.background });
      connection.session = { app: principal.app, user: principal.user, deviceId, sessionId, tokenExpiresAt: principal.expiresAt };
      // Recorded, then heard of, then welcomed: what is sent after the welcome cannot miss this connection.
      await registry.add(connection);
      const here = replaced.filter((old) => registry.bySession(old.sessionId) !== null);
      for (const old of here) this.kick(old.sessionId, 'logged in on another connection');
      const elsewhere = replaced.filter((old) => !here.includes(old));
      if (elsewhere.length > 0) handlers.kickElsewhere(elsewhere);
    } catch (error) {
      if (connection.state === 'opening') connection.state = 'greeted';
      throw error;
    }
    if (connection.state !== 'opening') return this.#end(connection, 'disconnected');
    connection.state = 'open';
    const { user, app, sessionId } = connection.session;
    const messagesPerSecond = handlers.messagesPerSecond(app);
    connection.send({ t: 'welcome', ...answered, sessionId, user, heartbeatMs, limits: { maxFrameBytes, messagesPerSecond } });
  }

  #slow(connection: ClientConnection): void {
    if (connection.state === 'closed') return;
    this.options.counted.slow();
    connection.close(closeCode.slowReader, 'you do not read: what you missed is in your inbox');
    // From now on the user is away here, even if the good-bye is never read.
    this.#end(connection, 'lost');
  }

  #gone(connection: ClientConnection): void {
    this.#connections.delete(connection);
    connection.state = 'closed';
    this.#end(connection, 'disconnected');
  }

  #end(connection: ClientConnection, reason: CloseSessionAsk['reason']): void {
    const { session } = connection;
    if (session === null) return;
    this.options.registry.remove(connection);
    connection.session = null;
    this.#tellClosed(session, reason);
  }

  #tellClosed(session: Session, reason: CloseSessionAsk['reason']): void {
    this.#unclosed.set(session, reason);
    void this.options.handlers.close(session, reason).then(
      () => this.#unclosed.delete(session),
      (error: unknown) => {
        // Retried by the sweep while it may help; presence forgets a session that it does not know without a word.
        if (!isRetryable(error)) {
          this.#unclosed.delete(session);
          this.options.logger.warn('presence would not end a session', { error });
        }
      },
    );
  }

  #look(): void {
    const now = this.options.clock.now();
    for (const connection of this.#connections) {
      if (connection.state === 'closed') continue;
      const { session } = connection;
      if (session === null && now - connection.openedAt > loginTimeoutMs && connection.state !== 'opening') connection.close(closeCode.loginTimeout, 'no login within 10 s');
      else if (now - connection.lastHeardAt > offlineAfterMs) connection.close(closeCode.heartbeatLost, 'nothing heard for 35 s');
      else if (session !== null && session.tokenExpiresAt <= now) connection.close(closeCode.tokenExpired, 'the token has expired: log in with another one');
    }
    for (const [session, reason] of this.#unclosed) this.#tellClosed(session, reason);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
