import type { Msg, Subscription } from '@nats-io/nats-core';
import type { Bus } from './connect.js';
import { statusOf } from './jetstream-errors.js';

export interface PullSourceOptions {
  readonly stream: string;
  readonly consumer: string;
  /** The most messages that are at hand and on their way together. */
  readonly window: number;
  /** Runs before the first pull of each connection; while it fails, nothing is pulled. */
  readonly prepare: () => Promise<void>;
  readonly onMessage: (msg: Msg) => void;
  /** A message that arrived although nothing is wanted any more. */
  readonly onStray: (msg: Msg) => void;
}

const expiresMs = 30_000;
const heartbeatMs = 2_000;
const patienceMs = 5_000;
const firstRetryMs = 100;
const longestRetryMs = 1_000;
const nanosecondsPerMs = 1_000_000;
/**
 * What one request may bring. The server cuts off a client that has more than 64 MiB to read, and a few requests may be open:
 * without this a backlog of large messages would be asked for, cut off and asked for again for ever.
 */
const requestBytes = 12 * 1024 * 1024;
/** How the server ends a request of which everything that fits was served. */
const completions = new Set(['Message Size Exceeds MaxBytes', 'Batch Completed']);

/**
 * Pulls messages of one consumer, never more than the window has room for, over whatever the connection goes through.
 *
 * closed → (open) → opening → (prepared) → pulling → (close) → closing → closed.
 * While pulling, anything odd (connection lost, heartbeats missing, consumer gone, a leader elected) leads back to
 * opening, with a new inbox: what the server still sends to the old one does not count against the new window.
 */
export class PullSource {
  #state: 'closed' | 'opening' | 'pulling' = 'closed';
  #subscription: Subscription | null = null;
  #inbox = '';
  /** Asked for and not yet arrived. */
  #wanted = 0;
  #atHand = 0;
  #heardAt = 0;
  #retryMs = firstRetryMs;
  #round = 0;
  #watch: NodeJS.Timeout | null = null;
  #retry: NodeJS.Timeout | null = null;
  #refillQueued = false;
  #window: number;
  readonly #unlisten: () => void;
  readonly #subject: string;

  constructor(
    private readonly bus: Bus,
    private readonly options: PullSourceOptions,
  ) {
    this.#window = options.window;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`;
    this.#unlisten = bus.listen({
      disconnected: () => this.#reopen('connection lost', null),
      connected: () => this.#reopen('connected', 0),
      refused: (operation, subject, text) => {
        if (operation === 'publish' && subject === this.#subject) this.#trouble(text);
      },
      resumed: (stream, consumer) => {
        if (stream === options.stream && consumer === options.consumer) this.#reopen('resumed', 0);
      },
    });
  }

  /** Starts pulling; nothing happens if it does already. `window` narrows this round, for a careful restart. */
  open(window = this.options.window): void {
    this.#window = window;
    if (this.#state !== 'closed') return this.#queueRefill();
    this.#state = 'opening';
    this.#watch = setInterval(() => this.#checkPulse(), heartbeatMs);
    this.#watch.unref();
    void this.#start();
  }

  /** Stops pulling. When it resolves nothing more arrives; what arrived meanwhile went to `onStray`. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#round += 1;
    if (this.#watch !== null) clearInterval(this.#watch);
    if (this.#retry !== null) clearTimeout(this.#retry);
    const subscription = this.#subscription;
    this.#subscription = null;
    this.#wanted = 0;
    if (subscription === null || subscription.isClosed() || !this.bus.isConnected()) {
      subscription?.unsubscribe();
      return;
    }
    // The server forgets our pull requests with the subscription; what is in the pipe still arrives before this resolves.
    await subscription.drain();
  }

  /** For good: it does not listen to the connection any more. */
  async dispose(): Promise<void> {
    this.#unlisten();
    await this.close();
  }

  /** One message at hand has been dealt with. */
  release(): void {
    this.#atHand -= 1;
    this.#queueRefill();
  }

  atHand(): number {
    return this.#atHand;
  }

  /** Throws away what is on its way and begins again with `prepare`. */
  restart(because: string): void {
    this.#reopen(because, firstRetryMs);
  }

  async #start(): Promise<void> {
    const round = ++this.#round;
    try {
      if (!this.bus.isConnected()) return;
      await this.options.prepare();
    } catch (error) {
      if (round === this.#round && this.#state !== 'closed') {
        this.bus.logger.warn('pulling cannot begin', { ...this.#name(), error });
        this.#reopenLater();
      }
      return;
    }
    if (round !== this.#round || this.#state !== 'opening') return;
    this.#state = 'pulling';
    this.#inbox = this.bus.inbox('pull');
    this.#heardAt = performance.now();
    const subscription = this.bus.nc.subscribe(this.#inbox, {
      callback: (error, msg) => {
        if (error !== null) return this.#trouble(error.message);
        this.#onArrival(subscription, msg);
      },
    });
    this.#subscription = subscription;
    this.#refill();
  }

  #onArrival(from: Subscription, msg: Msg): void {
    const isCurrent = from === this.#subscription;
    if (msg.reply !== undefined && msg.reply.startsWith('$JS.ACK.')) {
      if (!isCurrent) return this.options.onStray(msg);
      this.#heardAt = performance.now();
      this.#retryMs = firstRetryMs;
      this.#wanted = Math.max(0, this.#wanted - 1);
      this.#atHand += 1;
      this.options.onMessage(msg);
      return;
    }
    if (isCurrent) this.#onStatus(msg);
  }

  #onStatus(msg: Msg): void {
    this.#heardAt = performance.now();
    const status = statusOf(msg);
    // An idle heartbeat.
    if (status === 100) return;
    const unserved = msg.headers?.get('Nats-Pending-Messages') ?? '';
    const description = msg.headers?.description ?? '';
    // 404 and 408: a request ran out, as one does whose bytes are used up; it says how much of it was not served.
    const isOver = status === 404 || status === 408 || completions.has(description);
    if (isOver && unserved !== '') {
      this.#retryMs = firstRetryMs;
      this.#wanted = Math.max(0, this.#wanted - Number(unserved));
      return this.#queueRefill();
    }
    this.#trouble(
      status === 503
        ? 'nobody serves this consumer: it does not exist, or not yet'
        : `${status} ${description}`,
    );
  }

  #trouble(text: string): void {
    if (this.#state === 'closed') return;
    this.bus.logger.warn('pulling was interrupted', {
      ...this.#name(),
      because: text,
      retryMs: this.#retryMs,
    });
    this.#reopen(text, this.#retryMs);
  }

  #reopen(because: string, afterMs: number | null): void {
    if (this.#state === 'closed') return;
    this.#state = 'opening';
    this.#round += 1;
    this.#wanted = 0;
    const old = this.#subscription;
    this.#subscription = null;
    // Drained and not cut, so that what is in the pipe is handed back instead of waiting for its ack wait.
    if (old !== null && !old.isClosed()) {
      if (this.bus.isConnected() && because !== 'connected') old.drain().catch(() => undefined);
      else old.unsubscribe();
    }
    if (afterMs === 0) void this.#start();
    else if (afterMs !== null) this.#reopenLater();
  }

  #reopenLater(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      this.#retry = null;
      if (this.#state === 'opening') void this.#start();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs);
  }

  #checkPulse(): void {
    if (this.#state !== 'pulling' || this.#wanted === 0 || !this.bus.isConnected()) return;
    if (performance.now() - this.#heardAt > patienceMs) this.#trouble('no heartbeat');
  }

  /** Messages end in bursts; one request for all of them is enough. */
  #queueRefill(): void {
    if (this.#refillQueued || this.#state !== 'pulling') return;
    this.#refillQueued = true;
    setImmediate(() => {
      this.#refillQueued = false;
      this.#refill();
    });
  }

  #refill(): void {
    if (this.#state !== 'pulling') return;
    const free = this.#window - this.#atHand - this.#wanted;
    // While enough is on its way a request would only cost.
    if (free <= 0 || free < this.#wanted) return;
    if (this.#wanted === 0) this.#heardAt = performance.now();
    this.#wanted += free;
    const request = {
      batch: free,
      max_bytes: requestBytes,
      expires: expiresMs * nanosecondsPerMs,
      idle_heartbeat: heartbeatMs * nanosecondsPerMs,
    };
    this.bus.nc.publish(this.#subject, JSON.stringify(request), { reply: this.#inbox });
  }

  #name(): { stream: string; consumer: string } {
    return { stream: this.options.stream, consumer: this.options.consumer };
  }
}
