import { type ClientFrameInput, maxFrameBytes, type ServerFrame } from '@reveille/contracts/ws/frames';
import { backoffMs } from './backoff.js';
import type { ZIMStorage } from './storage.js';
import { ZIMError } from './zim-error.js';
import { chance } from './time-and-chance.js';

type SendFrame = Extract<ClientFrameInput, { t: 'send' }>;
type Sent = Extract<ServerFrame, { t: 'sent' }>;

/** A message as it is kept: id and attempt come when it is sent. */
export type MessageToSend = Omit<SendFrame, 't' | 'id' | 'attempt'>;
/** The server's answer, or why there will be none. */
export type SendOutcome = Sent | ZIMError;

interface Entry {
  readonly frame: MessageToSend;
  attempt: number;
}
interface Waiting {
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: ZIMError) => void;
}
/** What became of one try: the entry is settled, or it waits for a time, or for the next connection. */
type Tried = { readonly waitMs: number | null } | 'settled';

export interface OutboxOptions {
  readonly storage: ZIMStorage;
  /** Where the entries of one user are kept. */
  readonly keyOf: (user: string) => string;
  readonly send: (frame: SendFrame) => Promise<Sent>;
  readonly isOpen: () => boolean;
  /** Told of every message whose fate is known, also of one that an earlier run of the app left. */
  readonly settled?: (message: MessageToSend, outcome: SendOutcome) => void;
  readonly random?: () => number;
}

/** Refusals that the same message will never get past. */
const final: ReadonlySet<string> = new Set([
  'message-invalid',
  'message-too-large',
  'message-conflict',
  'forbidden',
  'frame-invalid',
]);
/** Room for the id and the attempt, which the frame gets when it is sent. */
const spareBytes = 256;

/**
 * A user's messages that are not answered yet. They go out one after the other, in the order in which they were written. Each
 * keeps its client message id and is sent again with a higher attempt after a lost connection, even after the app was
 * restarted: the gateway answers with the first one's id.
 */
export class Outbox {
  #user: string | null = null;
  #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, Waiting>();
  #isSending = false;
  #again: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly options: OutboxOptions) {}

  get size(): number {
    return this.#entries.size;
  }

  /** Takes up what this user left behind; nobody else's is ever sent in their name. */
  use(user: string): void {
    if (this.#user === user) return;
    this.#user = user;
    const kept = this.options.storage.getItem(this.options.keyOf(user));
    const entries = kept === null ? [] : (JSON.parse(kept) as Entry[]);
    this.#entries = new Map(entries.map((entry) => [entry.frame.clientMessageId, entry]));
  }

  /** Resolves with the server's answer, however often that takes; rejects only with a refusal that time does not cure. */
  add(frame: MessageToSend): Promise<Sent> {
    const bytes = new TextEncoder().encode(JSON.stringify(frame)).length;
    if (bytes > maxFrameBytes - spareBytes)
      return Promise.reject(
        new ZIMError('message-too-large', `a message has at most ${maxFrameBytes} bytes`),
      );
    this.#entries.set(frame.clientMessageId, { frame, attempt: 0 });
    this.#keep();
    return new Promise((resolve, reject) => {
      this.#waiting.set(frame.clientMessageId, { resolve, reject });
      void this.#sendAll();
    });
  }

  /** Connected again: everything that waits goes out. */
  flush(): void {
    this.#stopWaiting();
    void this.#sendAll();
  }

  /** Logged out: what was not answered is given up. */
  clear(error: ZIMError): void {
    const given = [...this.#entries.values()];
    this.#entries.clear();
    this.#keep();
    this.#user = null;
    this.stop(error);
    for (const { frame } of given) this.options.settled?.(frame, error);
  }

  /** The client goes, nobody logged out: what was not answered stays kept, and is sent by the next one. */
  stop(error: ZIMError): void {
    this.#stopWaiting();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #sendAll(): Promise<void> {
    if (this.#isSending || this.#again !== null) return;
    this.#isSending = true;
    try {
      while (this.options.isOpen()) {
        const next = this.#entries.values().next().value;
        if (next === undefined) return;
        const tried = await this.#try(next);
        if (tried === 'settled') continue;
        if (tried.waitMs !== null) this.#waitFor(tried.waitMs);
        return;
      }
    } finally {
      this.#isSending = false;
    }
  }

  async #try(entry: Entry): Promise<Tried> {
    const attempt = entry.attempt;
    entry.attempt += 1;
    try {
      this.#keep();
      const sent = await this.options.send({ t: 'send', ...entry.frame, attempt });
      this.#settle(entry, sent);
      return 'settled';
    } catch (error) {
      return this.#failed(entry, error as ZIMError);
    }
  }

  #failed(entry: Entry, error: ZIMError): Tried {
    if (final.has(error.code)) {
      this.#settle(entry, error);
      return 'settled';
    }
    // A refusal of the rate limit was never stored: it is the same attempt again.
    if (error.code === 'rate-limited') entry.attempt -= 1;
    // Without a connection `flush` tries again when there is one.
    if (error.code === 'not-connected') return { waitMs: null };
    // A connection that is still there lost this answer alone.
    if (error.code === 'network' && !this.options.isOpen()) return { waitMs: null };
    return { waitMs: error.retryAfterMs ?? backoffMs(entry.attempt, this.options.random ?? chance) };
  }

  #waitFor(milliseconds: number): void {
    this.#again = setTimeout(() => {
      this.#again = null;
      void this.#sendAll();
    }, milliseconds);
  }
  #stopWaiting(): void {
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
  }

  #settle({ frame }: Entry, outcome: SendOutcome): void {
    const id = frame.clientMessageId;
    // Given up meanwhile by a logout: that was its end.
    if (!this.#entries.delete(id)) return;
    this.#keep();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.options.settled?.(frame, outcome);
    if (outcome instanceof ZIMError) waiting?.reject(outcome);
    else waiting?.resolve(outcome);
  }

  #keep(): void {
    if (this.#user === null) return;
    const key = this.options.keyOf(this.#user);
    if (this.#entries.size === 0) this.options.storage.removeItem(key);
    else this.options.storage.setItem(key, JSON.stringify([...this.#entries.values()]));
  }
}
