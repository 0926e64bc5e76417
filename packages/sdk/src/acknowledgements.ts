import type { ServerFrame } from '@reveille/contracts/ws/frames';

type Refusal = Pick<Extract<ServerFrame, { t: 'error' }>, 'id' | 'retryAfterMs'>;

/** Frames of which a refusal may still come; one comes within a round trip. */
const remembered = 64;

/** Acknowledgements on their way. The server answers only those that were too many at a time: they are said again when it says so. */
export class Acknowledgements {
  readonly #said = new Map<string, readonly string[]>();
  #lastId = 0;

  constructor(private readonly tell: (frame: { t: 'ack'; id: string; messageIds: string[] }) => void) {}

  say(messageIds: readonly string[]): void {
    this.#lastId += 1;
    const id = `a${this.#lastId}`;
    this.#said.set(id, messageIds);
    const [oldest] = this.#said.keys();
    if (this.#said.size > remembered && oldest !== undefined) this.#said.delete(oldest);
    this.tell({ t: 'ack', id, messageIds: [...messageIds] });
  }

  /** A refusal that nobody else waits for. */
  refused({ id, retryAfterMs }: Refusal): void {
    const messageIds = id === undefined ? undefined : this.#said.get(id);
    if (id === undefined || messageIds === undefined) return;
    this.#said.delete(id);
    if (retryAfterMs !== null) setTimeout(() => this.say(messageIds), retryAfterMs);
  }
}
