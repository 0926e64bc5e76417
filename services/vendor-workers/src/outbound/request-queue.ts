import type { VendorAnswer, VendorRequest } from '../vendor.js';

/** A request on its way through the sender, from `send` to its answer. */
export interface Entry {
  readonly request: VendorRequest;
  readonly signal: AbortSignal;
  readonly queuedAt: number;
  readonly settle: (answer: VendorAnswer) => void;
}

/** First in, first out, urgent ones before the others; bounded by its owner. Taking is O(1) amortised. */
export class RequestQueue {
  readonly #urgent = new Line();
  readonly #others = new Line();

  get size(): number {
    return this.#urgent.size + this.#others.size;
  }

  push(entry: Entry): void {
    (entry.request.isUrgent ? this.#urgent : this.#others).push(entry);
  }

  take(): Entry | undefined {
    return this.#urgent.take() ?? this.#others.take();
  }

  /** Takes out every entry that the test names. */
  drop(test: (entry: Entry) => boolean): Entry[] {
    return [...this.#urgent.drop(test), ...this.#others.drop(test)];
  }

  /** When the entry that has waited longest was queued; null when nothing waits. */
  oldestAt(): number | null {
    const times = [this.#urgent.first?.queuedAt, this.#others.first?.queuedAt].filter(
      (at) => at !== undefined,
    );
    return times.length === 0 ? null : Math.min(...times);
  }
}

class Line {
  #entries: Entry[] = [];
  #head = 0;

  get size(): number {
    return this.#entries.length - this.#head;
  }
  get first(): Entry | undefined {
    return this.#entries[this.#head];
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  take(): Entry | undefined {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return undefined;
    this.#head += 1;
    // An array's `shift` copies all that follows; a head that is cut off now and then does not.
    if (this.#head > 1024 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  drop(test: (entry: Entry) => boolean): Entry[] {
    const waiting = this.#entries.slice(this.#head);
    const dropped = waiting.filter(test);
    if (dropped.length > 0) {
      this.#entries = waiting.filter((entry) => !test(entry));
      this.#head = 0;
    }
    return dropped;
  }
}
