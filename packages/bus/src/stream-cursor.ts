import type { StoredMessage } from './codec.js';
import type { Bus } from './connect.js';

/** What is kept of a stream. */
export interface StreamView {
  /** The next message, in the order of the stream. */
  apply(message: StoredMessage): void;
  /** What was kept is worth nothing any more: the stream began anew, or too much of it was left out. */
  reset(): void;
}

export interface StreamCursorOptions {
  readonly stream: string;
  /** More new messages than this are not read one by one: the view is reset instead. Null: always read. */
  readonly longestGap: number | null;
  /** From the beginning on only the newest message of each of these subjects counts: what came before is not read. Null: all. */
  readonly newestOf?: string | null;
}

/** A place in a stream that moves when it is told to. */
export class StreamCursor {
  #position: number | null;
  #mustRewind = false;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  /** From the beginning, or, with `longestGap`, from wherever the stream ends at the first call. */
  constructor(
    private readonly bus: Bus,
    private readonly options: StreamCursorOptions,
    private readonly view: StreamView,
  ) {
    this.#position = options.longestGap === null ? 0 : null;
  }

  /** The last position that the view has. */
  get position(): number {
    return this.#position ?? 0;
  }

  /**
   * Resolves when the view has everything that the stream held when this was called. One read at a time; who comes while
   * one is on its way shares the next, since the present one may end before what they want to see.
   */
  readOn(): Promise<void> {
    if (this.#running === null) return this.#launch();
    const launchNext = () => {
      this.#next = null;
      return this.#launch();
    };
    this.#next ??= this.#running.then(launchNext, launchNext);
    return this.#next;
  }

  /** The next read begins at the beginning, with a view that knows nothing. */
  rewind(): void {
    this.#mustRewind = true;
  }

  #launch(): Promise<void> {
    const running = this.#read().finally(() => {
      this.#running = null;
    });
    this.#running = running;
    return running;
  }

  async #read(): Promise<void> {
    const { stream, longestGap } = this.options;
    const tail = await this.bus.streamTail(stream);
    const from = this.#startOf(tail);
    if (from === 0 && tail > 0 && (await this.#readNewest())) return this.#readOnTo(tail);
    const isTooFar = longestGap !== null && tail - from > longestGap;
    if (isTooFar) this.view.reset();
    this.#position = isTooFar ? tail : from;
    return this.#readOnTo(tail);
  }

  async #readOnTo(tail: number): Promise<void> {
    const { stream } = this.options;
    const startSequence = (this.#position ?? 0) + 1;
    if (startSequence <= tail) {
      const range = { startSequence, subjects: [], untilSequence: tail };
      for await (const message of this.bus.scan(stream, range)) {
        this.view.apply(message);
        this.#position = message.sequence;
      }
    }
    this.#position = tail;
  }

  /** False where it takes the whole stream to find them. */
  async #readNewest(): Promise<boolean> {
    const { stream, newestOf = null } = this.options;
    const newest = newestOf === null ? null : await this.bus.newest(stream, newestOf);
    if (newest === null) return false;
    for (const message of newest.messages) this.view.apply(message);
    this.#position = newest.upTo;
    return true;
  }

  /** A stream that ends before our place was made anew. */
  #startOf(tail: number): number {
    if (this.#position === null) return tail;
    if (tail >= this.#position && !this.#mustRewind) return this.#position;
    this.#mustRewind = false;
    this.#position = 0;
    this.view.reset();
    return 0;
  }
}
