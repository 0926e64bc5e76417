import type { ClientFrameInput, ServerFrame } from '@reveille/contracts/ws/frames';
import { backoffMs } from './backoff.js';
import type { ZIMStorage } from './storage.js';
import { ZIMError } from './zim-error.js';

type SendFrame = Extract<ClientFrameInput, { t: 'send' }>;
type Sent = Extract<ServerFrame, { t: 'sent' }>;

interface Entry {
  readonly frame: Omit<SendFrame, 't' | 'id' | 'attempt'>;
  attempt: number;
}
interface Waiting {
  readonly resolve: (sent: Sent) => void;
  readonly reject: (error: ZIMError) => void;
}

/** Refusals that the same message will never get past. */
const final: ReadonlySet<string> = new Set([
  'message-invalid',
  'message-too-large',
  'message-conflict',
  'forbidden',
  'frame-invalid',
]);

/**
 * Messages that are not answered yet. Each keeps its client message id and is sent again with a higher attempt after a lost
 * connection, even after the app was restarted: the gateway answers with the first one's id.
 */
export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #waiting = new Map<string, Waiting>();
  readonly #atHand = new Set<string>();

  constructor(
    private readonly storage: ZIMStorage,
    private readonly key: string,
    private readonly send: (frame: SendFrame) => Promise<Sent>,
    private readonly isOpen: () => boolean,
  ) {
    const kept = storage.getItem(key);
    if (kept === null) return;
    for (const entry of JSON.parse(kept) as Entry[]) this.#entries.set(entry.frame.clientMessageId, entry);
  }

  /** Resolves with the server's answer, however often that takes; rejects only with a refusal that time does not cure. */
  add(frame: Entry['frame']): Promise<Sent> {
    const entry: Entry = { frame, attempt: 0 };
    this.#entries.set(frame.clientMessageId, entry);
    this.#keep();
    return new Promise((resolve, reject) => {
      this.#waiting.set(frame.clientMessageId, { resolve, reject });
      if (this.isOpen()) void this.#try(entry);
    });
  }

  /** Connected again: everything that waits goes out, in the order in which it was written. */
  flush(): void {
    for (const entry of this.#entries.values()) void this.#try(entry);
  }

  /** Logged out: what was not answered is given up. */
  clear(error: ZIMError): void {
    this.#entries.clear();
    this.#keep();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async #try(entry: Entry): Promise<void> {
    const id = entry.frame.clientMessageId;
    if (this.#atHand.has(id)) return;
    this.#atHand.add(id);
    const attempt = entry.attempt;
    entry.attempt += 1;
    this.#keep();
    try {
      const sent = await this.send({ t: 'send', ...entry.frame, attempt });
      this.#settle(id, (waiting) => waiting.resolve(sent));
    } catch (error) {
      this.#failed(entry, error as ZIMError);
    } finally {
      this.#atHand.delete(id);
    }
  }

  #failed(entry: Entry, error: ZIMError): void {
    const id = entry.frame.clientMessageId;
    if (final.has(error.code)) {
      this.#settle(id, (waiting) => waiting.reject(error));
      return;
    }
    // A refusal of the rate limit was never stored: it is the same first attempt again.
    if (error.code === 'rate-limited') entry.attempt = Math.max(0, entry.attempt - 1);
    // Without a connection `flush` tries again when there is one.
    if (error.code === 'network' || error.code === 'not-connected') return;
    setTimeout(() => {
      if (this.isOpen() && this.#entries.has(id)) void this.#try(entry);
    }, error.retryAfterMs ?? backoffMs(entry.attempt, Math.random));
  }

  #settle(id: string, tell: (waiting: Waiting) => void): void {
    this.#entries.delete(id);
    this.#keep();
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (waiting !== undefined) tell(waiting);
  }

  #keep(): void {
    if (this.#entries.size === 0) this.storage.removeItem(this.key);
    else this.storage.setItem(this.key, JSON.stringify([...this.#entries.values()]));
  }
}
