import type { LookupFunction } from 'node:net';
import type { VendorAnswer, VendorRequest } from '../vendor.js';
import { Http2Connection } from './http2-connection.js';
import { notSent, WaitingRequests } from './waiting-requests.js';

export interface PoolOptions {
  readonly origin: string;
  readonly ca: () => string | null;
  readonly lookup: LookupFunction | null;
  readonly now: () => number;
  /** 0 up to but not including 1. */
  readonly random: () => number;
  readonly maxConnections: number;
  readonly maxQueued: number;
  readonly maxStreams: number;
  readonly requestTimeoutMs: number;
  readonly connectTimeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly keepaliveMs: number;
  readonly endsConnection: (answer: VendorAnswer) => boolean;
}

const firstReconnectMs = 250;
const longestReconnectMs = 30_000;
/** Vendors ask for connections to be opened seconds apart. */
const betweenConnectionsMs = 1_000;

/**
 * The connections to one origin under one credential, and the requests that wait for room on them. Another connection is
 * opened only when all are full and as many requests wait as one of them holds.
 */
export class Http2Pool {
  readonly #options: PoolOptions;
  readonly #waiting: WaitingRequests;
  #connections: Http2Connection[] = [];
  #failures = 0;
  #retryAt = 0;
  #connectedAt = 0;
  #isClosed = false;
  #isPumping = false;
  #mustPumpAgain = false;
  #onEmpty: (() => void) | null = null;
  usedAt = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    const { maxQueued, queueTimeoutMs } = options;
    this.#waiting = new WaitingRequests({ maxQueued, queueTimeoutMs, room: 'stream' });
  }

  get queued(): number {
    return this.#waiting.size;
  }
  get inFlight(): number {
    return this.#connections.reduce((sum, connection) => sum + connection.inFlight, 0);
  }
  get connections(): number {
    return this.#connections.length;
  }

  send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    const now = this.#options.now();
    this.usedAt = now;
    if (signal.aborted || this.#isClosed)
      return Promise.resolve(notSent('withdrawn', 'withdrawn before it was written'));
    if (this.#retryAt > now && this.#connections.length === 0) {
      return Promise.resolve(
        notSent('unreachable', `the next connection is due in ${this.#retryAt - now} ms`),
      );
    }
    return this.#waiting.add(request, signal, now, () => this.#pump());
  }

  /** Timeouts, keepalive and connections that are due; called a few times per second. */
  sweep(): void {
    const now = this.#options.now();
    for (const connection of [...this.#connections]) connection.sweep(now, this.#options.keepaliveMs);
    this.#waiting.sweep(now);
    this.#pump();
  }

  /** Withdraws what waits, lets what is in flight be answered for the given time, then cuts it off. */
  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    this.#waiting.letGo('withdrawn', 'the sender closes');
    for (const connection of [...this.#connections]) connection.drain();
    if (this.#connections.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const connection of [...this.#connections]) connection.destroy('the sender closes');
      }, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Writing and closing call back into the pool, so a pump inside a pump only asks for another round. */
  #pump(): void {
    if (this.#isPumping) {
      this.#mustPumpAgain = true;
      return;
    }
    this.#isPumping = true;
    do {
      this.#mustPumpAgain = false;
      this.#removeClosed();
      this.#writeWhatFits();
      if (this.#waiting.size > 0) this.#connectIfNeeded();
    } while (this.#mustPumpAgain);
    this.#isPumping = false;
  }

  #writeWhatFits(): void {
    for (const connection of this.#connections) {
      while (connection.room > 0) {
        const entry = this.#waiting.take();
        if (entry === undefined) return;
        connection.write(entry);
      }
    }
  }

  #removeClosed(): void {
    const closed = this.#connections.filter(({ state }) => state === 'closed');
    if (closed.length === 0) return;
    this.#connections = this.#connections.filter(({ state }) => state !== 'closed');
    if (closed.some(({ hasAnswered }) => hasAnswered)) this.#failures = 0;
    const failed = closed.find(({ isDrained, hasAnswered }) => !isDrained && !hasAnswered);
    if (failed !== undefined) this.#backOff(failed.failure ?? 'closed before any answer');
    if (this.#isClosed && this.#connections.length === 0) this.#onEmpty?.();
  }

  /** A connection that never answered anything: the next one waits, and nobody waits for it. */
  #backOff(cause: string): void {
    this.#failures += 1;
    const ceiling = Math.min(longestReconnectMs, firstReconnectMs * 2 ** Math.min(this.#failures, 10));
    this.#retryAt = this.#options.now() + ceiling / 2 + this.#options.random() * (ceiling / 2);
    if (this.#connections.length > 0) return;
    this.#waiting.letGo('unreachable', cause);
  }

  #connectIfNeeded(): void {
    const now = this.#options.now();
    if (this.#isClosed || now < this.#retryAt) return;
    const open = this.#connections.filter(({ state }) => state === 'open');
    if (this.#connections.some(({ state }) => state === 'connecting')) return;
    if (open.length > 0) {
      // One stream is what Apple allows a connection that has proved nothing yet, or that sent too much rubbish.
      const isWorthIt = open.every(({ streamLimit }) => streamLimit > 1 && this.#waiting.size >= streamLimit);
      if (
        !isWorthIt ||
        open.length >= this.#options.maxConnections ||
        now - this.#connectedAt < betweenConnectionsMs
      )
        return;
    }
    this.#connectedAt = now;
    let ca: string | null;
    try {
      ca = this.#options.ca();
    } catch (error) {
      this.#backOff(`the CA file cannot be read: ${(error as NodeJS.ErrnoException).code}`);
      return;
    }
    this.#connections.push(
      new Http2Connection({
        origin: this.#options.origin,
        ca,
        lookup: this.#options.lookup,
        now: this.#options.now,
        connectTimeoutMs: this.#options.connectTimeoutMs,
        requestTimeoutMs: this.#options.requestTimeoutMs,
        maxStreams: this.#options.maxStreams,
        endsConnection: this.#options.endsConnection,
        onChange: () => this.#pump(),
      }),
    );
  }
}
