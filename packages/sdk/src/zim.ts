import type { InboxItem } from '@reveille/contracts/ask/live';
import { Connection } from './connection.js';
import { Emitter } from './emitter.js';
import { HttpApi } from './http-api.js';
import {
  messageOf,
  ZIMConnectionEvent,
  ZIMConnectionState,
  ZIMConversationType,
  type ZIMMessage,
  type ZIMMessageInput,
  ZIMMessagePriority,
  type ZIMMessageSendConfig,
  ZIMMessageType,
} from './messages.js';
import { Outbox } from './outbox.js';
import { SeenMessages } from './seen-messages.js';
import { defaultStorage, DeviceIdentity, newDeviceId, type ZIMStorage } from './storage.js';
import { ZIMError } from './zim-error.js';

export interface ZIMAppConfig {
  readonly appID: string;
  /** The gateway's WebSocket, for instance `wss://push.example.org/ws`. */
  readonly url: string;
  /** Default: `localStorage`, or memory where there is none. */
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
  /** The token runs out in less than `second` seconds: `renewToken`. */
  tokenWillExpire: { second: number };
  error: ZIMError;
};

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
  readonly #seen = new SeenMessages();
  readonly #platform: string;
  #user: string | null = null;
  #token: string | null = null;
  #fetching: Promise<void> = Promise.resolve();
  #warning: ReturnType<typeof setTimeout> | null = null;

  constructor(config: ZIMAppConfig) {
    const storage = config.storage ?? defaultStorage();
    this.device = new DeviceIdentity(storage, config.appID);
    this.http = new HttpApi(config.url);
    this.#platform = config.platform ?? ('document' in globalThis ? 'web' : 'unknown');
    this.#connection = new Connection(config.url, {
      state: (state, event) => this.#events.emit('connectionStateChanged', { state, event }),
      opened: () => this.#opened(),
      delivered: ({ message }) => this.#arrived([message], false),
    });
    this.#outbox = new Outbox(
      storage,
      `reveille.${config.appID}.outbox`,
      (frame) => this.#connection.ask('sent', frame),
      () => this.#connection.isOpen,
    );
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
    await this.#replayLogout(token);
    this.#user = userID;
    this.#setToken(token);
    try {
      await this.#connection.login({
        token,
        deviceId: this.device.deviceId,
        platform: this.#platform,
        isBackground,
      });
    } catch (error) {
      this.#user = null;
      throw error;
    }
  }

  /**
   * Logs out: nothing is pushed to this device for this user any more once it resolves. Without a connection the logout is kept
   * and told at the next login.
   */
  async logout(): Promise<void> {
    const user = this.#user;
    if (user === null) return;
    this.#outbox.clear(new ZIMError('logged-out', 'logged out before it was sent'));
    try {
      if (this.#connection.isOpen) await this.#connection.ask('ok', { t: 'logout' });
      else await this.#unbindOverHttp();
    } catch (error) {
      if (!(error instanceof ZIMError) || !['network', 'not-connected', 'unavailable'].includes(error.code))
        throw error;
      this.device.tombstone = user;
    } finally {
      this.#user = null;
      this.#setToken(null);
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
  ): Promise<{ message: ZIMMessage }> {
    if (this.#user === null) throw new ZIMError('not-logged-in', 'log in first');
    const localMessageID = newDeviceId();
    const { messageId, acceptedAt } = await this.#outbox.add({
      clientMessageId: localMessageID,
      recipients: [toConversationID],
      content:
        message.type === ZIMMessageType.Text
          ? { type: 'text', text: message.message }
          : { type: 'custom', subType: message.subType ?? 0, data: message.message },
      pushConfig: config.pushConfig ?? null,
      priority: priorityOf(config.priority),
    });
    return {
      message: {
        ...message,
        messageID: messageId,
        localMessageID,
        senderUserID: this.#user ?? '',
        conversationID: toConversationID,
        conversationType,
        timestamp: acceptedAt,
        orderKey: 0,
      },
    };
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
    this.#connection.close();
    this.#setToken(null);
    if (ZIM.#instance === this) ZIM.#instance = null;
  }

  #opened(): void {
    this.#outbox.flush();
    this.#fetching = this.#fetching.then(() => this.#fetchInbox());
  }

  async #fetchInbox(): Promise<void> {
    let cursor: string | null = null;
    try {
      for (;;) {
        const page: { items: InboxItem[]; cursor: string; more: boolean } = await this.#connection.ask(
          'page',
          { t: 'inbox', cursor, limit: pageSize },
        );
        this.#arrived(page.items, true);
        if (!page.more) return;
        cursor = page.cursor;
      }
    } catch (error) {
      // The next connection fetches again from the beginning: what was handed over is known by its id.
      if (error instanceof ZIMError && !['network', 'not-connected'].includes(error.code))
        this.#events.emit('error', error);
    }
  }

  /** A page of the inbox; the server may need a moment to catch up with what was just sent. */
  async #page(cursor: string | null): Promise<{ items: InboxItem[]; cursor: string; more: boolean }> {
    for (;;) {
      try {
        return await this.#connection.ask('page', { t: 'inbox', cursor, limit: pageSize });
      } catch (error) {
        if (!(error instanceof ZIMError) || error.retryAfterMs === null) throw error;
        const wait = error.retryAfterMs;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Acknowledged every time, a duplicate included; handed to the app once. */
  #arrived(items: readonly InboxItem[], isOffline: boolean): void {
    if (items.length === 0) return;
    this.#connection.tell({ t: 'ack', messageIds: items.map(({ messageId }) => messageId) });
    const fresh = items.filter(({ messageId }) => this.#seen.add(messageId));
    const bySender = new Map<string, ZIMMessage[]>();
    for (const item of [...fresh].sort((a, b) => a.position - b.position)) {
      const list = bySender.get(item.sender) ?? [];
      list.push(messageOf(item));
      bySender.set(item.sender, list);
    }
    for (const [fromConversationID, messageList] of bySender)
      this.#events.emit('peerMessageReceived', { messageList, fromConversationID, isOffline });
  }

  async #unbindOverHttp(): Promise<void> {
    const { secret, deviceId } = this.device;
    if (secret === null) throw new ZIMError('not-connected', 'not connected');
    await this.http.unbind(this.requireToken(), deviceId, { deviceSecret: secret });
  }

  /** A logout that was made without a network: told before anybody logs in here. */
  async #replayLogout(token: string): Promise<void> {
    const { tombstone, secret, deviceId } = this.device;
    if (tombstone === null) return;
    if (secret !== null && tombstone === subjectOf(token))
      await this.http.unbind(token, deviceId, { deviceSecret: secret });
    this.device.tombstone = null;
  }

  #setToken(token: string | null): void {
    this.#token = token;
    if (this.#warning !== null) clearTimeout(this.#warning);
    this.#warning = null;
    const expiresAt = token === null ? null : expiryOf(token);
    if (expiresAt === null) return;
    const wait = Math.max(0, expiresAt - Date.now() - warnBeforeMs);
    this.#warning = setTimeout(
      () =>
        this.#events.emit('tokenWillExpire', {
          second: Math.max(0, Math.round((expiresAt - Date.now()) / 1_000)),
        }),
      Math.min(wait, 2 ** 31 - 1),
    );
  }
}

function priorityOf(priority: ZIMMessagePriority | undefined): 'low' | 'medium' | 'high' {
  if (priority === ZIMMessagePriority.Low) return 'low';
  return priority === ZIMMessagePriority.High ? 'high' : 'medium';
}

function claimsOf(token: string): { sub?: unknown; exp?: unknown } {
  try {
    return JSON.parse(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'))) as {
      sub?: unknown;
      exp?: unknown;
    };
  } catch {
    return {};
  }
}
const subjectOf = (token: string): unknown => claimsOf(token).sub;
function expiryOf(token: string): number | null {
  const { exp } = claimsOf(token);
  return typeof exp === 'number' ? exp * 1_000 : null;
}
