import type { ClientFrameInput, ServerFrame } from '@reveille/contracts/ws/frames';
import { subprotocol } from '@reveille/contracts/ws/frames';

type FrameOf<T extends ServerFrame['t']> = Extract<ServerFrame, { t: T }>;

interface Waiting {
  readonly matches: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: Error) => void;
}

export interface RawClientOptions {
  readonly url: string;
  readonly deviceId: string;
  readonly token: string;
  readonly background?: boolean;
  /** False: deliveries are kept and not acknowledged. */
  readonly acknowledges?: boolean;
}

/** A client that speaks frames by hand, so that a scenario decides what is acknowledged, resent or left out. */
export class RawClient {
  readonly delivered: FrameOf<'deliver'>['message'][] = [];
  closeCode: number | null = null;
  acknowledges: boolean;
  private readonly waiting = new Set<Waiting>();
  /** Who waits for the answer to which frame. */
  private readonly asked = new Map<string, Omit<Waiting, 'matches'>>();
  private lastId = 0;

  private constructor(
    private readonly socket: WebSocket,
    private readonly options: RawClientOptions,
  ) {
    this.acknowledges = options.acknowledges ?? true;
    socket.addEventListener('message', ({ data }) => this.receive(JSON.parse(String(data)) as ServerFrame));
    socket.addEventListener('close', ({ code }) => {
      this.closeCode = code;
      const cut = new Error(`closed with ${code}`);
      for (const { reject } of [...this.waiting, ...this.asked.values()]) reject(cut);
      this.waiting.clear();
      this.asked.clear();
    });
  }

  /** Connects and logs in. */
  static async login(options: RawClientOptions): Promise<RawClient> {
    const client = await RawClient.connect(options);
    await client.logIn();
    return client;
  }

  static async connect(options: RawClientOptions): Promise<RawClient> {
    const socket = new WebSocket(options.url, subprotocol);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve(), { once: true });
      socket.addEventListener('error', () => reject(new Error(`cannot connect to ${options.url}`)), {
        once: true,
      });
    });
    return new RawClient(socket, options);
  }

  async logIn(): Promise<FrameOf<'welcome'>> {
    this.write({ t: 'hello', sdk: 'e2e', deviceId: this.options.deviceId });
    return this.ask('welcome', {
      t: 'login',
      token: this.options.token,
      background: this.options.background ?? false,
    });
  }

  /** Sends a frame and waits for its answer; an `error` frame rejects with its code. */
  async ask<T extends 'welcome' | 'sent' | 'page' | 'ok' | 'pong'>(
    type: T,
    frame: ClientFrameInput,
  ): Promise<FrameOf<T>> {
    const id = `r${++this.lastId}`;
    const answer = new Promise<ServerFrame>((resolve, reject) => this.asked.set(id, { resolve, reject }));
    this.write({ ...frame, id });
    const got = await answer;
    if (got.t === 'error') throw new Error(`${got.code}: ${got.message}`);
    if (got.t !== type) throw new Error(`wanted ${type}, got ${JSON.stringify(got)}`);
    return got as FrameOf<T>;
  }

  send(
    recipients: string[],
    text: string,
    {
      clientMessageId,
      attempt = 0,
      title = 'Title',
    }: { clientMessageId: string; attempt?: number; title?: string },
  ): Promise<FrameOf<'sent'>> {
    return this.ask('sent', {
      t: 'send',
      clientMessageId,
      attempt,
      recipients,
      content: { type: 'text', text },
      pushConfig: { title, content: text },
    });
  }

  /** Everything that waits in the inbox, page by page, acknowledged. */
  async readInbox(limit = 200): Promise<FrameOf<'page'>['items']> {
    const items: FrameOf<'page'>['items'] = [];
    for (let cursor: string | null = null; ; ) {
      const page: FrameOf<'page'> = await this.patiently(() =>
        this.ask('page', { t: 'inbox', cursor, limit }),
      );
      items.push(...page.items);
      if (page.items.length > 0) this.acknowledge(page.items.map(({ messageId }) => messageId));
      if (!page.more) return items;
      cursor = page.cursor;
    }
  }

  /** Later: the inbox answers when it has caught up with the messages, and so many pages a second. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 0; ; tries += 1) {
      try {
        return await ask();
      } catch (error) {
        const isLater = error instanceof Error && /^(unavailable|rate-limited)/.test(error.message);
        if (tries > 60 || !isLater) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
      }
    }
  }

  acknowledge(messageIds: string[]): void {
    this.write({ t: 'ack', messageIds });
  }
  write(frame: ClientFrameInput): void {
    this.socket.send(JSON.stringify(frame));
  }
  next(matches: (frame: ServerFrame) => boolean): Promise<ServerFrame> {
    return new Promise((resolve, reject) => this.waiting.add({ matches, resolve, reject }));
  }
  async logout(): Promise<void> {
    await this.ask('ok', { t: 'logout' });
  }
  close(): void {
    this.socket.close(1000);
  }

  private receive(frame: ServerFrame): void {
    if (frame.t === 'deliver') {
      this.delivered.push(frame.message);
      if (this.acknowledges) this.acknowledge([frame.message.messageId]);
    }
    if ('id' in frame && typeof frame.id === 'string') {
      this.asked.get(frame.id)?.resolve(frame);
      this.asked.delete(frame.id);
    }
    for (const entry of this.waiting) {
      if (!entry.matches(frame)) continue;
      this.waiting.delete(entry);
      entry.resolve(frame);
    }
  }
}
