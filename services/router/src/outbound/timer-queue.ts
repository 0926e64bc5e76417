import type { Clock } from '@reveille/chassis/clock';
import type { Instant } from '@reveille/contracts/ids';
import type { Time } from '../ports.js';

interface Entry {
  readonly at: Instant;
  readonly order: number;
  action: (() => void) | null;
}

/**
 * Tens of thousands of deadlines on one timer of the process: a binary heap, so that adding and taking one costs the
 * logarithm of their number. A cancelled one stays until its time comes. Never early by the clock, in order of time.
 */
export class TimerQueue implements Time {
  readonly #heap: Entry[] = [];
  #order = 0;
  #timer: NodeJS.Timeout | null = null;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  now(): Instant {
    return this.clock.now();
  }

  after(ms: number, action: () => void): { cancel(): void } {
    const entry: Entry = { at: this.clock.now() + ms, order: this.#order++, action };
    this.#push(entry);
    this.#arm();
    return {
      cancel() {
        entry.action = null;
      },
    };
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#heap.length = 0;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.at >= this.#timerAt) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timerAt = first.at;
    this.#timer = setTimeout(() => this.#fire(), Math.max(first.at - this.clock.now(), 0));
  }

  #fire(): void {
    this.#timer = null;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.clock.now();
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#pop();
      first.action?.();
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!isBefore(entry, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Entry)) child += 1;
      const below = heap[child] as Entry;
      if (!isBefore(below, last)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
