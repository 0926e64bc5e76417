import type { Logger } from '@reveille/chassis/logger';
import type { OpenSessionAnswer } from '@reveille/contracts/ask/presence';
import type { InboxPageAnswer } from '@reveille/contracts/ask/router';
import { isErrorNamed, isRetryable } from '@reveille/contracts/errors';
import type { AppId, Instant, MessageId, SessionId, UserId } from '@reveille/contracts/ids';
import type { Platform } from '@reveille/contracts/device/platform';
import { type ClientFrame, closeCode, heartbeatMs, maxFrameBytes } from '@reveille/contracts/ws/frames';
import type { SessionIdentity } from '../../ports.js';
import { errorFrame, readFrame } from '../../protocol/frame-codec.js';
import { permits } from '../../protocol/handshake.js';
import type { ClientConnection, Session } from './client-connection.js';
import type { Ending } from './session-endings.js';

type FrameOf<T extends ClientFrame['t']> = Extract<ClientFrame, { t: T }>;
type Replaced = OpenSessionAnswer['replaced'];

export interface FrameHandlers {
  authenticate(token: string): Promise<{ app: AppId; user: UserId; expiresAt: Instant }>;
  newSessionId(): SessionId;
  open(session: SessionIdentity, as: { platform: Platform; background: boolean }): Promise<Replaced>;
  close(session: SessionIdentity, reason: Ending): Promise<void>;
  move(session: SessionIdentity, background: boolean): Promise<void>;
  send(
    session: SessionIdentity,
    frame: FrameOf<'send'>,
  ): Promise<{ messageId: MessageId; acceptedAt: Instant }>;
  acknowledge(session: SessionIdentity, messageIds: readonly MessageId[]): void;
  inbox(session: SessionIdentity, cursor: string | null, limit: number): Promise<InboxPageAnswer>;
  /** Sessions of other gateways that this login has replaced. */
  kickElsewhere(replaced: Replaced): void;
  messagesPerSecond(app: AppId): number;
}

export interface ClientFramesOptions {
  readonly handlers: FrameHandlers;
  readonly registry: {
    add(connection: ClientConnection): Promise<void>;
    remove(connection: ClientConnection): void;
    bySession(id: SessionId): ClientConnection | null;
  };
  readonly endings: { add(session: SessionIdentity, reason: Ending): void };
  readonly logger: Logger;
  readonly counted: (frame: string) => void;
}

const framesAtHandLimit = 512;
const replacedReason = 'logged in on another connection';

/** What becomes of each frame of a client. */
export class ClientFrames {
  /** Logins that presence has not answered yet: a newer one may have replaced them already. */
  readonly #opening = new Map<SessionId, ClientConnection>();

  constructor(private readonly options: ClientFramesOptions) {}

  take(connection: ClientConnection, text: string): void {
    const read = readFrame(text);
    if (read.kind === 'refused') {
      this.options.counted('refused');
      this.#refuse(connection, read);
      return;
    }
    const { frame } = read;
    this.options.counted(frame.t);
    const id = 'id' in frame ? frame.id : undefined;
    const permit = permits(connection.state, frame.t);
    if (permit.kind === 'refused') return this.#refuse(connection, { id, ...permit });
    if (connection.framesAtHand >= framesAtHandLimit) {
      const message = `at most ${framesAtHandLimit} frames at a time`;
      return this.#refuse(connection, { id, code: 'rate-limited', message, retryAfterMs: 100 });
    }
    connection.framesAtHand += 1;
    void this.#handle(connection, frame, id)
      .catch((error: unknown) => this.#failed(connection, frame.t, id, error))
      .finally(() => {
        connection.framesAtHand -= 1;
      });
  }

  /** Ends a session that a newer login has replaced. */
  kick(sessionId: SessionId, reason: string): boolean {
    const connection = this.options.registry.bySession(sessionId) ?? this.#opening.get(sessionId);
    connection?.close(closeCode.kicked, reason);
    return connection !== undefined && connection !== null;
  }

  #refuse(
    connection: ClientConnection,
    no: {
      id: string | undefined;
      code: Parameters<typeof refusedFrame>[1];
      message: string;
      retryAfterMs?: number;
    },
  ): void {
    connection.send(refusedFrame(no.id, no.code, no.message, no.retryAfterMs ?? null));
  }

  #failed(connection: ClientConnection, frame: string, id: string | undefined, error: unknown): void {
    const isExpected = isErrorNamed(error, 'RefusedError') || isRetryable(error);
    if (!isExpected) this.options.logger.error('a frame failed', { frame, error });
    connection.send(errorFrame(id, error));
  }

  async #handle(connection: ClientConnection, frame: ClientFrame, id: string | undefined): Promise<void> {
    const answered = id === undefined ? {} : { id };
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
        return this.#login(connection, frame, answered);
      default:
        if (connection.session !== null) return this.#serve(connection, connection.session, frame, answered);
    }
  }

  async #serve(
    connection: ClientConnection,
    session: Session,
    frame: Exclude<ClientFrame, FrameOf<'ping' | 'hello' | 'login'>>,
    answered: { id?: string },
  ): Promise<void> {
    const { handlers, registry } = this.options;
    switch (frame.t) {
      case 'send':
        connection.send({ t: 'sent', ...answered, ...(await handlers.send(session, frame)) });
        return;
      case 'ack':
        connection.acknowledged(frame.messageIds.length);
        handlers.acknowledge(session, frame.messageIds);
        return;
      case 'inbox':
        connection.send({
          t: 'page',
          ...answered,
          ...(await handlers.inbox(session, frame.cursor, frame.limit)),
        });
        return;
      case 'state':
        connection.isBackground = frame.background;
        await handlers.move(session, frame.background);
        connection.send({ t: 'ok', ...answered });
        return;
      case 'logout':
        await handlers.close(session, 'logout');
        registry.remove(connection);
        connection.session = null;
        connection.send({ t: 'ok', ...answered });
        connection.close(closeCode.loggedOut, 'logged out');
    }
  }

  async #login(
    connection: ClientConnection,
    frame: FrameOf<'login'>,
    answered: { id?: string },
  ): Promise<void> {
    const { handlers } = this.options;
    const { deviceId } = connection;
    if (deviceId === null) return;
    connection.state = 'opening';
    connection.isBackground = frame.background;
    try {
      const { app, user, expiresAt } = await handlers.authenticate(frame.token);
      const session = { app, user, deviceId, sessionId: handlers.newSessionId(), tokenExpiresAt: expiresAt };
      if (connection.isClosed || !(await this.#open(connection, session))) return;
      const messagesPerSecond = handlers.messagesPerSecond(app);
      const limits = { maxFrameBytes, messagesPerSecond };
      connection.welcome({
        t: 'welcome',
        ...answered,
        sessionId: session.sessionId,
        user,
        heartbeatMs,
        limits,
      });
    } catch (error) {
      // What was sent meanwhile is refused with the login; the client may try again on this connection.
      if (!connection.isClosed) connection.state = 'greeted';
      throw error;
    }
  }

  /** Recorded, then heard of, then welcomed: what is sent after the welcome cannot miss this connection. False: it closed meanwhile. */
  async #open(connection: ClientConnection, session: Session): Promise<boolean> {
    const { handlers, registry, endings } = this.options;
    const { platform, isBackground } = connection;
    this.#opening.set(session.sessionId, connection);
    try {
      const replaced = await handlers.open(session, { platform, background: isBackground });
      this.#kickReplaced(replaced);
    } catch (error) {
      // Nobody knows whether it was recorded: a session without a connection would make every message wait.
      if (isRetryable(error)) endings.add(session, 'lost');
      throw error;
    } finally {
      this.#opening.delete(session.sessionId);
    }
    if (connection.isClosed) {
      endings.add(session, 'disconnected');
      return false;
    }
    connection.session = session;
    try {
      await registry.add(connection);
    } catch (error) {
      if (!connection.isClosed) {
        registry.remove(connection);
        connection.session = null;
        endings.add(session, 'lost');
      }
      throw error;
    }
    return !connection.isClosed;
  }

  #kickReplaced(replaced: Replaced): void {
    const elsewhere = replaced.filter(({ sessionId }) => !this.kick(sessionId, replacedReason));
    if (elsewhere.length > 0) this.options.handlers.kickElsewhere(elsewhere);
  }
}

function refusedFrame(
  id: string | undefined,
  code: ReturnType<typeof errorFrame>['code'],
  message: string,
  retryAfterMs: number | null,
): ReturnType<typeof errorFrame> {
  return { t: 'error', ...(id === undefined ? {} : { id }), code, message, retryAfterMs };
}
