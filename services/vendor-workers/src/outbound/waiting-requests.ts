import type { NotSentReason, VendorAnswer, VendorRequest } from '../vendor.js';
import { type Entry, RequestQueue } from './request-queue.js';

export interface WaitingRequestsOptions {
  readonly maxQueued: number;
  readonly queueTimeoutMs: number;
  /** What they wait for, in the answer's words: a free stream, a free connection. */
  readonly room: string;
}

/**
 * What waits for room at one origin: as much as is allowed, as long as is allowed, until its signal withdraws it. Whatever leaves without
 * being taken has its answer: it surely was not sent.
 */
export class WaitingRequests {
  readonly #queue = new RequestQueue();
  readonly #watched = new WeakSet<AbortSignal>();

  constructor(private readonly options: WaitingRequestsOptions) {}

  get size(): number {
    return this.#queue.size;
  }

  /** @param added it waits now: may be taken */
  add(request: VendorRequest, signal: AbortSignal, now: number, added: () => void): Promise<VendorAnswer> {
    if (this.size >= this.options.maxQueued)
      return Promise.resolve(notSent('queue-full', `${this.size} requests wait`));
    return new Promise((settle) => {
      this.#queue.push({ request, signal, queuedAt: now, settle });
      this.#watch(signal);
      added();
    });
  }

  take(): Entry | undefined {
    return this.#queue.take();
  }

  /** Lets go of what has waited too long; called a few times per second. */
  sweep(now: number): void {
    const { queueTimeoutMs, room } = this.options;
    const latest = now - queueTimeoutMs;
    if ((this.#queue.oldestAt() ?? latest) >= latest) return;
    const answer = notSent('no-stream', `no free ${room} in ${queueTimeoutMs} ms`);
    for (const entry of this.#queue.drop(({ queuedAt }) => queuedAt < latest)) entry.settle(answer);
  }

  /** Nothing waits any more. */
  letGo(because: NotSentReason, cause: string): void {
    for (const entry of this.#queue.drop(() => true)) entry.settle(notSent(because, cause));
  }

  /** One listener per signal, however many requests carry it. */
  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return;
    this.#watched.add(signal);
    const withdraw = (): void => {
      for (const entry of this.#queue.drop((waiting) => waiting.signal === signal))
        entry.settle(notSent('withdrawn', 'withdrawn while it waited'));
    };
    signal.addEventListener('abort', withdraw, { once: true });
  }
}

/** The answer to a request that the vendor surely did not process. */
export function notSent(because: NotSentReason, cause: string): VendorAnswer {
  return { kind: 'not-sent', because, cause };
}
