import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@reveille/chassis/logger';
import type { Instant, SessionId } from '@reveille/contracts/ids';
import { closeCode, maxFrameBytes, offlineAfterMs, subprotocol } from '@reveille/contracts/ws/frames';
import { type RawData, type Server as SocketAcceptor, WebSocketServer } from 'ws';
import { ClientConnection } from './client-connection.js';
import { ClientFrames, type ClientFramesOptions } from './client-frames.js';
import { LimitedSocket } from './limited-socket.js';
import { type Ending, SessionEndings } from './session-endings.js';

export interface SocketServerOptions {
  readonly handlers: ClientFramesOptions['handlers'];
  readonly registry: ClientFramesOptions['registry'];
  readonly clock: { now(): Instant };
  readonly random: () => number;
  readonly logger: Logger;
  readonly allowedOrigins: readonly string[];
  /** False while this gateway cannot serve anybody: clients go elsewhere at once. */
  readonly isServing: () => boolean;
  readonly counted: { frame(type: string): void; slow(): void };
}

const path = '/ws';
const loginTimeoutMs = 10_000;
const sweepEveryMs = 1_000;
/** How long a client may take to read its good-bye. One that stopped reading is given time to find out why. */
const goodByeMs = 10_000;
const slowGoodByeMs = 300_000;
/** What is kept for slow readers who have not read their good-bye is bounded: the oldest is let go of first. */
const slowLimit = 256;
const endJitterMs = 2_000;
const stopWithinMs = 3_000;

/** The door for clients: raw WebSockets on the HTTP server, one sweep for all clocks, no timer and no queue per connection. */
export class SocketServer {
  readonly #server: SocketAcceptor<typeof LimitedSocket>;
  readonly #frames: ClientFrames;
  readonly #endings: SessionEndings;
  readonly #connections = new Set<ClientConnection>();
  /** Closed by us, good-bye not read yet, with the time until which it may. */
  readonly #leaving = new Map<ClientConnection, Instant>();
  readonly #slow = new Set<ClientConnection>();
  readonly #watch = {
    closing: (connection: ClientConnection, code: number) => this.#closing(connection, code),
  };
  #sweep: NodeJS.Timeout | null = null;
  #isEnding = false;

  constructor(private readonly options: SocketServerOptions) {
    const { handlers, registry, clock, logger, counted } = options;
    this.#endings = new SessionEndings((session, reason) => handlers.close(session, reason), clock, logger);
    this.#frames = new ClientFrames({
      handlers,
      registry,
      endings: this.#endings,
      logger,
      counted: counted.frame,
    });
    const ours = {
      noServer: true,
      WebSocket: LimitedSocket,
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false),
      // The sweep is stricter, but for those who stopped reading. Known to ws; its types do not have it.
      closeTimeout: slowGoodByeMs,
    } as const;
    this.#server = new WebSocketServer<typeof LimitedSocket>(ours);
  }

  listenOn(http: Server): void {
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sweep = setInterval(() => this.#look(), sweepEveryMs);
  }

  get size(): number {
    return this.#connections.size;
  }

  kick(sessionId: SessionId, reason: string): void {
    this.#frames.kick(sessionId, reason);
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

  /** Resolves when everybody is gone and presence knows it, or when that has taken long enough. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    await this.endAll(1012, 'the gateway restarts: connect again');
    const deadline = this.options.clock.now() + stopWithinMs;
    while (this.#connections.size + this.#endings.size > 0 && this.options.clock.now() < deadline)
      await pause(20);
    for (const { socket } of this.#connections) socket.terminate();
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#refusalOf(request);
    if (refusal === null) {
      this.#server.handleUpgrade(request, socket, head, (webSocket) => this.#take(webSocket));
      return;
    }
    // A client that is gone before it reads its refusal is no fault.
    socket.once('error', () => socket.destroy());
    socket.end(`HTTP/1.1 ${refusal}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  }

  #refusalOf({ url, headers }: IncomingMessage): string | null {
    const { allowedOrigins, isServing } = this.options;
    if (this.#isEnding || !isServing()) return '503 Service Unavailable';
    if (url?.split('?')[0] !== path) return '404 Not Found';
    const isWelcome =
      headers.origin === undefined || allowedOrigins.length === 0 || allowedOrigins.includes(headers.origin);
    return isWelcome ? null : '403 Forbidden';
  }

  #take(socket: LimitedSocket): void {
    const now = this.options.clock.now();
    const connection = new ClientConnection(socket, now, now, this.#watch);
    this.#connections.add(connection);
    socket.on('message', (data, isBinary) => this.#hear(connection, data, isBinary));
    socket.on('close', () => this.#gone(connection));
    // ws closes a connection whose bytes it cannot read, and the end of it is heard as a close.
    socket.on('error', (error) => this.options.logger.debug('a connection broke', { error }));
  }

  #hear(connection: ClientConnection, data: RawData, isBinary: boolean): void {
    if (connection.isClosed) return;
    connection.lastHeardAt = this.options.clock.now();
    if (isBinary) connection.close(closeCode.frameInvalid, 'frames are text');
    else this.#frames.take(connection, (data as Buffer).toString());
  }

  /** The user is away here from now on, even if the good-bye is never read. */
  #closing(connection: ClientConnection, code: number): void {
    const isSlow = code === closeCode.slowReader;
    this.#leaving.set(connection, this.options.clock.now() + (isSlow ? slowGoodByeMs : goodByeMs));
    this.#end(connection, endingOf(code));
    if (!isSlow) return;
    this.options.counted.slow();
    this.#slow.add(connection);
    if (this.#slow.size <= slowLimit) return;
    for (const oldest of this.#slow) {
      this.#slow.delete(oldest);
      oldest.socket.terminate();
      return;
    }
  }

  #gone(connection: ClientConnection): void {
    this.#connections.delete(connection);
    this.#leaving.delete(connection);
    this.#slow.delete(connection);
    connection.state = 'closed';
    this.#end(connection, 'disconnected');
  }

  #end(connection: ClientConnection, reason: Ending): void {
    const { session } = connection;
    if (session === null) return;
    this.options.registry.remove(connection);
    connection.session = null;
    this.#endings.add(session, reason);
  }

  #look(): void {
    const now = this.options.clock.now();
    for (const connection of this.#connections) if (!connection.isClosed) lookAt(connection, now);
    for (const [connection, until] of this.#leaving) if (now > until) connection.socket.terminate();
    this.#endings.tell();
  }
}

function lookAt(connection: ClientConnection, now: Instant): void {
  const { session, state, openedAt, lastHeardAt } = connection;
  if (now - lastHeardAt > offlineAfterMs) connection.close(closeCode.heartbeatLost, 'nothing heard for 35 s');
  else if (session !== null && session.tokenExpiresAt <= now)
    connection.close(closeCode.tokenExpired, 'the token has expired: log in with another one');
  else if (session === null && state !== 'opening' && now - openedAt > loginTimeoutMs)
    connection.close(closeCode.loginTimeout, 'no login within 10 s');
}

function endingOf(code: number): Ending {
  if (code === closeCode.kicked) return 'kicked';
  return code === closeCode.heartbeatLost || code === closeCode.slowReader ? 'lost' : 'disconnected';
}
