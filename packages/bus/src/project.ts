import type { Msg } from '@nats-io/nats-core';
import { parseAckSubject } from './ack-subject.js';
import { decodeFact, type StoredMessage } from './codec.js';
import type { Bus, BusLogger } from './connect.js';
import type { Delivery } from './consume.js';
import { faultOfClient } from './jetstream-errors.js';
import { PullSource } from './pull-source.js';
import { headersOf } from './wire-headers.js';

/** How far a view has come, kept by the view in the transaction of its rows. */
export interface Checkpoint {
  /** The sequence of the last message that is applied; 0 = none. */
  readonly position: number;
  /** When the stream was made (epoch ms): a stream that was made anew counts from 1 again. */
  readonly streamCreatedAt: number;
}

export interface ProjectionOptions {
  readonly stream: string;
  /** A durable pull consumer without acknowledgement that the provisioner made. */
  readonly consumer: string;
  /** Its filters; they tell whether anything is missing below a position. None: every subject. */
  readonly filters?: readonly string[];
  /** Null: from the beginning. Throws at start when the stream is not the one that the checkpoint belongs to. */
  readonly startAfter: Checkpoint | null;
  /**
   * Applies messages in order (a message that is not of the contracts is left out: its consumer parks it), in one transaction that also keeps `checkpoint`. While it throws, it is called again with
   * the same batch; it must throw if the kept position is not the one before the batch.
   */
  readonly apply: (batch: readonly Delivery[], checkpoint: Checkpoint) => Promise<void>;
  /** Once, when the view has reached what the stream held at start. */
  readonly onCaughtUp?: () => void;
  readonly maxBatch?: number;
  /** Under load, how long after one batch the next begins: a transaction costs more than a row. The first after a quiet time does not wait, nor what `whenCaughtUp` waits for. Default 25. */
  readonly restMs?: number;
  readonly logger?: BusLogger;
}

export interface ProjectionHandle {
  position(): number;
  /**
   * Resolves when nothing up to this sequence of the stream is missing in the view. Who waits ends the view's rest: rejects, and
   * leaves nothing behind, when the signal is aborted.
   */
  whenCaughtUp(position: number, signal?: AbortSignal): Promise<void>;
  /** Rejects if the projection ended by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** The stream is not the one that the view was built from: rebuild the view. */
export class StreamReplacedError extends Error {
  override readonly name = 'StreamReplacedError';
}

/**
 * Applies a stream to a view: in order, each message exactly once, as long as `apply` keeps the position with the rows.
 *
 * Each connection begins with a reset of the consumer to the message after the last one that arrived; a gap in the
 * consumer's own count (somebody else pulled or reset it) begins anew in the same way. So nothing depends on what the
 * server remembers of the consumer.
 */
export async function runProjection(bus: Bus, options: ProjectionOptions): Promise<ProjectionHandle> {
  const streamCreatedAt = await createdAt(bus, options.stream);
  const from = options.startAfter;
  if (from !== null && from.streamCreatedAt !== streamCreatedAt) {
    throw new StreamReplacedError(
      `${options.stream} was made at ${streamCreatedAt}, the view was built from one made at ${from.streamCreatedAt}`,
    );
  }
  const projection = new Projection(bus, options, streamCreatedAt);
  if (options.onCaughtUp !== undefined) {
    const { onCaughtUp } = options;
    const tail = await bus.streamTail(options.stream);
    void projection.whenCaughtUp(tail).then(onCaughtUp, () => undefined);
  }
  return projection;
}

interface Waiter {
  readonly position: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

const window = 2_000;
const quietMs = 20;

class Projection implements ProjectionHandle {
  readonly #source: PullSource;
  readonly #logger: BusLogger;
  readonly #maxBatch: number;
  readonly #restMs: number;
  #appliedAt = Number.NEGATIVE_INFINITY;
  /** What the server still had to deliver behind the last message that arrived. */
  #toCome = 0;
  #position: number;
  /** Up to here the leader has said that nothing of ours is missing, though the messages may be none of ours. */
  #knownUntil = 0;
  #arrived: number;
  #consumerSequence = 0;
  #batch: { sequence: number; delivery: Delivery | null }[] = [];
  #timer: NodeJS.Timeout | null = null;
  #applying: Promise<void> | null = null;
  readonly #waiters = new Set<Waiter>();
  #isProbing = false;
  #isStopped = false;
  #end!: { resolve: () => void; reject: (error: Error) => void };
  readonly ended: Promise<void>;

  constructor(
    private readonly bus: Bus,
    private readonly options: ProjectionOptions,
    private readonly streamCreatedAt: number,
  ) {
    this.#logger = options.logger ?? bus.logger;
    this.#maxBatch = options.maxBatch ?? 500;
    this.#restMs = options.restMs ?? 25;
    this.#position = options.startAfter?.position ?? 0;
    this.#arrived = this.#position;
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
    this.ended.catch(() => undefined);
    this.#source = new PullSource(bus, {
      stream: options.stream,
      consumer: options.consumer,
      window,
      prepare: () => this.#rewind(),
      onMessage: (msg) => this.#take(msg),
      // It comes again after the rewind.
      onStray: () => undefined,
    });
    this.#source.open();
  }

  position(): number {
    return this.#position;
  }

  whenCaughtUp(position: number, signal?: AbortSignal): Promise<void> {
    if (Math.max(this.#position, this.#knownUntil) >= position) return Promise.resolve();
    return new Promise((resolve, reject) => {
      if (this.#isStopped) return reject(new Error('the projection has stopped'));
      if (signal?.aborted === true) return reject(gaveUp(position));
      const waiter = { position, resolve, reject };
      this.#waiters.add(waiter);
      const leave = () => {
        this.#waiters.delete(waiter);
        reject(gaveUp(position));
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#flush();
      this.#probe();
    });
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    await this.#source.dispose();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#applying;
    this.#rejectWaiters(new Error('the projection has stopped'));
    this.#end.resolve();
  }

  async #rewind(): Promise<void> {
    const { stream, consumer } = this.options;
    if ((await createdAt(this.bus, stream)) !== this.streamCreatedAt) {
      this.#fail(new StreamReplacedError(`${stream} was made anew while the projection ran`));
      throw new Error('stopped');
    }
    try {
      await this.bus.jsm.consumers.reset(stream, consumer, this.#arrived + 1);
    } catch (cause) {
      throw faultOfClient(cause, `positioning ${consumer}`);
    }
    this.#consumerSequence = 0;
  }

  #take(msg: Msg): void {
    const place = parseAckSubject(msg.reply ?? '');
    if (place === null || this.#isStopped) return this.#source.release();
    if (place.consumerSequence !== this.#consumerSequence + 1 || place.sequence <= this.#arrived) {
      this.#source.release();
      this.#logger.warn('a projection lost its place and begins anew', {
        stream: place.stream,
        consumer: place.consumer,
        sequence: place.sequence,
        arrived: this.#arrived,
      });
      return this.#source.restart('gap');
    }
    this.#consumerSequence = place.consumerSequence;
    this.#arrived = place.sequence;
    const stored: StoredMessage = {
      stream: place.stream,
      sequence: place.sequence,
      subject: msg.subject,
      storedAt: place.storedAt,
      headers: headersOf(msg),
      data: msg.data,
    };
    this.#batch.push({ sequence: stored.sequence, delivery: this.#deliveryOf(stored) });
    this.#toCome = place.pending;
    this.#flushWhenDue();
  }

  /** At once when the batch is full; when no more is on its way, as soon as somebody waits for it or the rest is over. */
  #flushWhenDue(): void {
    const restLeftMs = this.#restMs - (performance.now() - this.#appliedAt);
    const isDue = this.#toCome === 0 && (restLeftMs <= 0 || this.#waiters.size > 0);
    if (isDue || this.#batch.length >= this.#maxBatch) return this.#flush();
    this.#timer ??= setTimeout(() => this.#flush(), restLeftMs > 0 ? restLeftMs : this.#restMs);
  }

  /** Null for a message that cannot be read: anybody who may publish could otherwise stop the view with one. */
  #deliveryOf(stored: StoredMessage): Delivery | null {
    try {
      return {
        stream: stored.stream,
        consumer: this.options.consumer,
        subject: stored.subject,
        sequence: stored.sequence,
        deliveryCount: 1,
        storedAt: stored.storedAt,
        headers: stored.headers,
        envelope: decodeFact(stored),
        isRepeat: false,
        working: () => undefined,
        waiting: () => undefined,
      };
    } catch (error) {
      const { stream, sequence, subject } = stored;
      this.#logger.warn('a view leaves out what it cannot read', { stream, sequence, subject, error });
      return null;
    }
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#applying !== null || this.#batch.length === 0 || this.#isStopped) return;
    const batch = this.#batch.splice(0, this.#maxBatch);
    this.#applying = this.#apply(batch).finally(() => {
      this.#applying = null;
      this.#appliedAt = performance.now();
      for (let i = 0; i < batch.length; i++) this.#source.release();
      if (this.#batch.length > 0) this.#flushWhenDue();
    });
  }

  async #apply(taken: readonly { sequence: number; delivery: Delivery | null }[]): Promise<void> {
    const position = taken.at(-1)?.sequence ?? this.#position;
    const batch = taken.flatMap(({ delivery }) => (delivery === null ? [] : [delivery]));
    for (let retryMs = 100; !this.#isStopped; retryMs = Math.min(retryMs * 2, 5_000)) {
      try {
        await this.options.apply(batch, { position, streamCreatedAt: this.streamCreatedAt });
        this.#position = position;
        this.#tellWaiters();
        return;
      } catch (error) {
        this.#logger.warn('a projection could not be applied', {
          consumer: this.options.consumer,
          position,
          error,
        });
        await this.#pause(retryMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, ms).unref();
    });
  }

  #tellWaiters(): void {
    const reached = Math.max(this.#position, this.#knownUntil);
    for (const waiter of this.#waiters) {
      if (waiter.position > reached) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #rejectWaiters(error: Error): void {
    for (const { reject } of this.#waiters) reject(error);
    this.#waiters.clear();
  }

  /**
   * The last messages of the stream may be none of ours, or deleted: then no delivery ever says that we have arrived.
   * While somebody waits and nothing moves, the leader is asked whether anything of ours follows.
   */
  #probe(): void {
    if (this.#isProbing) return;
    this.#isProbing = true;
    void this.#probeWhileQuiet().finally(() => {
      this.#isProbing = false;
      if (this.#waiters.size > 0 && !this.#isStopped) this.#probe();
    });
  }

  async #probeWhileQuiet(): Promise<void> {
    const before = this.#position;
    await this.#pause(quietMs);
    if (this.#position !== before || this.#batch.length > 0 || this.#applying !== null) return;
    let target = 0;
    for (const waiter of this.#waiters) target = Math.max(target, waiter.position);
    if (target === 0) return;
    try {
      const next = await this.#nextOfOurs(before + 1);
      if (next === null || next > target) this.#knownUntil = Math.max(this.#knownUntil, target);
      this.#tellWaiters();
    } catch (error) {
      this.#logger.debug('the leader did not say what follows', { stream: this.options.stream, error });
    }
  }

  async #nextOfOurs(from: number): Promise<number | null> {
    const filters = this.options.filters?.length ? this.options.filters : ['>'];
    const found = await Promise.all(
      filters.map((filter) => this.bus.getNextMessage(this.options.stream, from, filter)),
    );
    const sequences = found.flatMap((message) => (message === null ? [] : [message.sequence]));
    return sequences.length === 0 ? null : Math.min(...sequences);
  }

  #fail(error: Error): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#logger.error('a projection ended', { consumer: this.options.consumer, error });
    void this.#source.dispose();
    this.#rejectWaiters(error);
    this.#end.reject(error);
  }
}

function gaveUp(position: number): Error {
  return new Error(`nobody waits for ${position} any more`);
}

async function createdAt(bus: Bus, stream: string): Promise<number> {
  try {
    const info = await bus.jsm.streams.info(stream);
    return Date.parse(info.created);
  } catch (cause) {
    throw faultOfClient(cause, `looking at ${stream}`);
  }
}
