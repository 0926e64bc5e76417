import { Acknowledgements } from './acknowledgements.js';
import type { InboxItem } from '@reveille/contracts/ask/live';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { HttpApi } from './http-api.js';
import { Inbox } from './inbox.js';
import {
  messageOf,
  sentMessageOf,
  ZIMConnectionEvent,
  ZIMConnectionState,
  ZIMConversationType,
  type ZIMMessage,
  type ZIMMessageInput,
  ZIMMessagePriority,
  type ZIMMessageSendConfig,
  type ZIMMessageSendNotification,
  ZIMMessageSentStatus,
  type ZIMMessageSentStatusChangeInfo,
  ZIMMessageType,
} from './messages.js';
import { type MessageToSend, Outbox, type SendOutcome } from './outbox.js';
import { defaultStorage, DeviceIdentity, newUuid, type ZIMStorage } from './storage.js';
import { now } from './time-and-chance.js';
import { ZIMError } from './zim-error.js';

export interface ZIMAppConfig {
  readonly appID: string;
  /** The gateway's WebSocket, for instance `wss://push.example.org/ws`. */
  readonly url: string;
  /** What the next run of the app goes on with. Default: `localStorage`, or memory where there is none. */
  readonly storage?: ZIMStorage;
  /** `iphone`, `android`, `web`, …; default `web` in a browser. */
  readonly platform?: string;
}
export interface ZIMLoginConfig {
  /** A JWT from the app's own server: `aud` the app, `sub` the user. */
  readonly token: string;
  /** The app runs in the background: it must acknowledge sooner. */
  readonly isBackground?: boolean;
}

export type ZIMEvents = {
  connectionStateChanged: { state: ZIMConnectionState; event: ZIMConnectionEvent };
  /** Live or from the inbox, each message once, oldest first. `isOffline`: it came from the inbox. */
  peerMessageReceived: { messageList: ZIMMessage[]; fromConversationID: string; isOffline: boolean };
  /** A message of one's own was stored, or never will be; one that an earlier run of the app left behind, too. */
  messageSentStatusChanged: { infos: ZIMMessageSentStatusChangeInfo[] };
  /** The token runs out in less than `second` seconds: `renewToken`. */
  tokenWillExpire: { second: number };
  error: ZIMError;
};

/** Faults that time may cure. */
const passing: ReadonlySet<string> = new Set(['network', 'not-connected', 'unavailable', 'rate-limited']);
const pageSize = 100;
const warnBeforeMs = 30_000;

/** The client of one app. Messages are delivered to the app once each, and acknowledged every time. */
export class ZIM {
  static #instance: ZIM | null = null;

  /** Makes the client; there is one at a time per page or process, unless `new ZIM` is called directly. */
  static create(config: ZIMAppConfig): ZIM {
    ZIM.#instance ??= new ZIM(config);
    return ZIM.#instance;
  }
  static getInstance(): ZIM | null {
    return ZIM.#instance;
  }

  readonly device: DeviceIdentity;
  readonly http: HttpApi;
  readonly #events = new Emitter<ZIMEvents>();
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #acknowledgements = new Acknowledgements((frame) => this.#connection.tell(frame));
  readonly #platform: string;
  #user: string | null = null;
  #token: string | null = null;
  #warning: ReturnType<typeof setTimeout> | null = null;

  constructor(config: ZIMAppConfig) {
    const storage = config.storage ?? defaultStorage();
    this.device = new DeviceIdentity(storage, config.appID);
    this.http = new HttpApi(config.url);
    this.#platform = config.platform ?? ('document' in globalThis ? 'web' : 'unknown');
    this.#connection = new Connection(config.url, {
      state: (state, event) => this.#events.emit('connectionStateChanged', { state, event }),
      opened: () => this.#opened(),
      delivered: ({ message }) => this.#inbox.live(message),
      refused: (frame) => this.#acknowledgements.refused(frame),
    });
    this.#inbox = new Inbox({
      storage,
      keyOf: (user) => `reveille.${config.appID}.inbox.${user}`,
      fetch: (cursor) => this.#connection.ask('page', { t: 'inbox', cursor, limit: pageSize }),
      acknowledge: (messageIds) => this.#acknowledgements.say(messageIds),
      isOpen: () => this.#connection.isOpen,
      arrived: (items, isOffline) => this.#arrived(items, isOffline),
      failed: (error) => this.#events.emit('error', error),
    });
    this.#outbox = new Outbox({
      storage,
      keyOf: (user) => `reveille.${config.appID}.outbox.${user}`,
      send: (frame) => this.#connection.ask('sent', frame),
      isOpen: () => this.#connection.isOpen,
      settled: (message, outcome) => this.#settled(message, outcome),
    });
  }

  get userID(): string | null {
    return this.#user;
  }
  get platform(): string {
    return this.#platform;
  }
  get connectionState(): ZIMConnectionState {
    return this.#connection.state;
  }

  on<Name extends keyof ZIMEvents>(name: Name, listener: (data: ZIMEvents[Name]) => void): void {
    this.#events.on(name, listener);
  }
  off<Name extends keyof ZIMEvents>(name: Name, listener?: (data: ZIMEvents[Name]) => void): void {
    this.#events.off(name, listener);
  }

  /** Resolves when this device is logged in; what was missed follows as events. @throws ZIMError that says why not. */
  async login(userID: string, { token, isBackground = false }: ZIMLoginConfig): Promise<void> {
    if (this.#user !== null && this.#user !== userID)
      throw new ZIMError('already-logged-in', `${this.#user} is logged in: log out first`);
    if (this.#user === userID && this.#connection.isOpen) return this.renewToken(token);
    this.#user = userID;
    this.#setToken(token);
    try {
      await this.#replayLogout(userID, token);
      this.#outbox.use(userID);
      this.#inbox.use(userID);
      const { deviceId } = this.device;
      await this.#connection.login({ token, deviceId, platform: this.#platform, isBackground });
    } catch (error) {
      // A later login, or a logout, has taken the place of this one.
      if (this.#token === token) {
        this.#user = null;
        this.#setToken(null);
      }
      throw error;
    }
  }

  /**
   * Logs out: nothing is pushed to this device for this user any more once it resolves. Where it cannot be told now it is kept,
   * and told at the next login. @throws ZIMError that says why it could not, where that is not the network's fault.
   */
  async logout(): Promise<void> {
    const user = this.#user;
    if (user === null) return;
    this.#outbox.clear(new ZIMError('logged-out', 'logged out before it was sent'));
    try {
      if (this.#connection.isOpen) await this.#connection.ask('ok', { t: 'logout' });
      else await this.#unbindOverHttp();
    } catch (error) {
      // Whatever the reason: until this is told the device is still woken for this user.
      this.device.tombstone = user;
      if (!(error instanceof ZIMError) || !passing.has(error.code)) throw error;
    } finally {
      this.#user = null;
      this.#setToken(null);
      this.#inbox.stop();
      this.#connection.close();
    }
  }

  /** Another token before the present one runs out. */
  renewToken(token: string): void {
    this.#setToken(token);
    this.#connection.renew(token);
  }

  /** Resolves when the server has stored it, after as many tries as that takes. */
  async sendMessage(
    message: ZIMMessageInput,
    toConversationID: string,
    conversationType: ZIMConversationType = ZIMConversationType.Peer,
    config: ZIMMessageSendConfig = {},
    notification: ZIMMessageSendNotification = {},
  ): Promise<{ message: ZIMMessage }> {
    const user = this.#user;
    if (user === null) throw new ZIMError('not-logged-in', 'log in first');
    const toSend = {
      clientMessageId: newUuid(),
      recipients: [toConversationID],
      content:
        message.type === ZIMMessageType.Text
          ? { type: 'text' as const, text: message.message }
          : { type: 'custom' as const, subType: message.subType ?? 0, data: message.message },
      pushConfig: config.pushConfig ?? null,
      priority: priorityOf(config.priority),
    };
    const attached = (
      sentStatus: ZIMMessageSentStatus,
      messageID: string,
      timestamp: number,
    ): ZIMMessage => ({
      ...sentMessageOf(toSend, user, { sentStatus, messageID, timestamp }),
      conversationType,
    });
    notification.onMessageAttached?.(attached(ZIMMessageSentStatus.Sending, '', now()));
    const { messageId, acceptedAt } = await this.#outbox.add(toSend);
    return { message: attached(ZIMMessageSentStatus.Success, messageId, acceptedAt) };
  }

  /** The app goes to the background or comes back. */
  async setBackground(isBackground: boolean): Promise<void> {
    this.#connection.setBackground(isBackground);
    if (this.#connection.isOpen) await this.#connection.ask('ok', { t: 'state', background: isBackground });
  }

  /** For ZPNs: the token that proves who we are over HTTP. */
  requireToken(): string {
    if (this.#token === null) throw new ZIMError('not-logged-in', 'log in first');
    return this.#token;
  }

  /** Ends the client without logging out: the device goes on being woken. */
  destroy(): void {
    this.#inbox.stop();
    this.#connection.close();
    this.#outbox.stop(new ZIMError('not-connected', 'the client was ended: the next one sends what waits'));
    this.#setToken(null);
    if (ZIM.#instance === this) ZIM.#instance = null;
  }

  #opened(): void {
    this.#outbox.flush();
    void this.#inbox.catchUp();
  }

  #arrived(items: readonly InboxItem[], isOffline: boolean): void {
    const bySender = new Map<string, ZIMMessage[]>();
    for (const item of items) {
      const list = bySender.get(item.sender) ?? [];
      list.push(messageOf(item));
      bySender.set(item.sender, list);
    }
    for (const [fromConversationID, messageList] of bySender)
      this.#events.emit('peerMessageReceived', { messageList, fromConversationID, isOffline });
  }

  #settled(sent: MessageToSend, outcome: SendOutcome): void {
    const isStored = !(outcome instanceof ZIMError);
    const status = isStored ? ZIMMessageSentStatus.Success : ZIMMessageSentStatus.Failed;
    const messageID = isStored ? outcome.messageId : '';
    const timestamp = isStored ? outcome.acceptedAt : now();
    const message = sentMessageOf(sent, this.#user ?? '', { sentStatus: status, messageID, timestamp });
    const reason = isStored ? '' : outcome.message;
    this.#events.emit('messageSentStatusChanged', { infos: [{ status, message, reason }] });
  }

  async #unbindOverHttp(): Promise<void> {
    const { secret, deviceId } = this.device;
    if (secret === null) throw new ZIMError('not-connected', 'not connected');
    await this.http.unbind(this.requireToken(), deviceId, { deviceSecret: secret });
  }

  /**
   * A logout that was made without a network: told before anybody logs in here. Where it cannot be proved, the next user gets
   * a device of their own, so that the two are never mixed up.
   */
  async #replayLogout(userID: string, token: string): Promise<void> {
    const { tombstone, secret, deviceId } = this.device;
    if (tombstone === null) return;
    try {
      if (secret !== null) await this.http.unbind(token, deviceId, { user: tombstone, deviceSecret: secret });
      else if (tombstone !== userID) this.device.forget();
    } catch (error) {
      if (!(error instanceof ZIMError) || passing.has(error.code)) throw error;
      if (error.code !== 'device-secret-wrong' && error.code !== 'device-unknown') throw error;
      this.device.forget();
    }
    this.device.tombstone = null;
  }

  #setToken(token: string | null): void {
    this.#token = token;
    if (this.#warning !== null) clearTimeout(this.#warning);
    this.#warning = null;
    const expiresAt = token === null ? null : expiryOf(token);
    if (expiresAt === null) return;
    const wait = Math.max(0, expiresAt - now() - warnBeforeMs);
    this.#warning = setTimeout(
      () =>
        this.#events.emit('tokenWillExpire', {
          second: Math.max(0, Math.round((expiresAt - now()) / 1_000)),
        }),
      Math.min(wait, 2 ** 31 - 1),
    );
  }
}

function priorityOf(priority: ZIMMessagePriority | undefined): 'low' | 'medium' | 'high' {
  if (priority === ZIMMessagePriority.Low) return 'low';
  return priority === ZIMMessagePriority.High ? 'high' : 'medium';
}

function claimsOf(token: string): { exp?: unknown } {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as {
      sub?: unknown;
      exp?: unknown;
    };
  } catch {
    return {};
  }
}
function expiryOf(token: string): number | null {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? exp * 1_000 : null;
}
