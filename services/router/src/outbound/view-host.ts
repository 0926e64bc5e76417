import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '@reveille/bus/connect';
import type { Delivery } from '@reveille/bus/consume';
import { type Checkpoint as StreamPlace, type ProjectionHandle, runProjection } from '@reveille/bus/project';
import type { HeldLock } from '@reveille/chassis/database';
import { isErrorNamed, isRetryable, UnavailableError } from '@reveille/contracts/errors';
import type { ConsumerDefinition } from '@reveille/contracts/streams';
import type { Db, ViewName, ViewStore } from './db/view-store.js';

export interface ViewHostOptions {
  readonly view: ViewName;
  readonly consumer: ConsumerDefinition;
  readonly store: ViewStore;
  /** Null while another router keeps this view up. */
  readonly lock: () => Promise<HeldLock | null>;
  readonly write: (db: Db, batch: readonly Delivery[]) => Promise<void>;
  /** Under load, how long after one batch the next begins. */
  readonly restMs: number;
  /** The view cannot be kept up and will not be. */
  readonly onFatal: (error: Error) => void;
}

const standbyMs = 1_000;
const retryMs = 500;
const lockCheckMs = 1_000;
const pollMs = 15;
/** After so much silence the leader is asked whether anything is missing at all. */
const quietMs = 500;
const seenWithinMs = 5_000;
/** The shortest time from one transaction to the next. */
const writeEveryMs = 12;

/**
 * Keeps one view up in one router at a time, and tells every router how far it is.
 *
 * standing by → (lock) → keeping up → (lock lost, view moved, stop) → standing by.
 */
export class ViewHost {
  #handle: ProjectionHandle | null = null;
  #stopped = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #positions: Promise<ReadonlyMap<ViewName, number>> | null = null;

  constructor(
    private readonly bus: Bus,
    private readonly options: ViewHostOptions,
  ) {}

  /** Resolves when the view is as far as its stream is now, whoever keeps it up. */
  async start(): Promise<void> {
    const ended = this.#run();
    this.#running = ended.catch(() => undefined);
    const { stream } = this.options.consumer;
    const caughtUp = this.bus.streamTail(stream).then((tail) => this.#whenReached(tail, null));
    await Promise.race([caughtUp, ended]);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  isKeepingUp(): boolean {
    return this.#handle !== null;
  }

  /** Messages that the view has not seen; null in a router that stands by. */
  async lag(): Promise<number | null> {
    if (this.#handle === null) return null;
    const tail = await this.bus.streamTail(this.options.consumer.stream);
    return Math.max(0, tail - (this.#handle?.position() ?? tail));
  }

  /**
   * Resolves when nothing of the stream up to this sequence is missing in the view, with the position that the view's own
   * rows then have at least.
   * @throws UnavailableError when that takes longer than 5 s.
   */
  whenReached(sequence: number): Promise<number> {
    return this.#whenReached(sequence, performance.now() + seenWithinMs);
  }

  async #whenReached(sequence: number, deadline: number | null): Promise<number> {
    const handle = this.#handle;
    if (handle === null) return this.#untilReached(sequence, deadline);
    if (handle.position() >= sequence) return sequence;
    const waits = new AbortController();
    // Whoever waits ends the view's rest. It rejects when the view stops, and then the positions tell.
    handle.whenCaughtUp(sequence, waits.signal).catch(() => undefined);
    try {
      return await this.#untilReached(sequence, deadline);
    } finally {
      waits.abort();
    }
  }

  async #untilReached(sequence: number, deadline: number | null): Promise<number> {
    for (let since = performance.now(); ; await delay(pollMs)) {
      const now = performance.now();
      if (this.#stopped.signal.aborted) throw new UnavailableError('this router stops');
      if (deadline !== null && now > deadline) {
        throw new UnavailableError(`the view of ${this.options.view} has not reached ${sequence}`);
      }
      const position = this.#handle?.position() ?? (await this.#storedPosition());
      if (position >= sequence) return sequence;
      if (now - since < quietMs) continue;
      since = now;
      // The last messages of a stream may be deleted: then nothing will ever bring the view there.
      const next = await this.bus.getNextMessage(this.options.consumer.stream, position + 1, '>');
      if (next === null || next.sequence > sequence) return position;
    }
  }

  async #storedPosition(): Promise<number> {
    this.#positions ??= this.options.store.positions().finally(() => {
      this.#positions = null;
    });
    return (await this.#positions).get(this.options.view) ?? 0;
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        const lock = await this.options.lock();
        if (lock === null) await this.#pause(standbyMs);
        else await this.#keepUp(lock);
      } catch (error) {
        if (!isRetryable(error) && !isErrorNamed(error, 'ViewMovedError')) {
          this.options.onFatal(error as Error);
          throw error;
        }
        this.bus.logger.warn('a view is not kept up for the moment', { view: this.options.view, error });
        await this.#pause(retryMs);
      }
    }
  }

  async #keepUp(lock: HeldLock): Promise<void> {
    const moved = new AbortController();
    try {
      this.#handle = await this.#project(() => moved.abort());
      this.bus.logger.info('keeps a view up', { view: this.options.view, position: this.#handle.position() });
      await Promise.race([this.#untilLost(lock, moved.signal), this.#handle.ended]);
    } finally {
      const handle = this.#handle;
      this.#handle = null;
      moved.abort();
      await handle?.stop();
      await lock.release();
    }
  }

  async #project(onMoved: () => void): Promise<ProjectionHandle> {
    const { view, consumer, store, write, restMs } = this.options;
    let before = await store.place(view);
    let writtenAt = 0;
    const apply = async (batch: readonly Delivery[], place: StreamPlace): Promise<void> => {
      // Under load a transaction for every few rows would cost more than the rows: meanwhile more arrive.
      const soonMs = writtenAt + writeEveryMs - performance.now();
      if (soonMs > 0) await delay(soonMs);
      writtenAt = performance.now();
      try {
        await store.write(view, before, place, (db) => write(db, batch));
        before = place;
      } catch (error) {
        if (isErrorNamed(error, 'ViewMovedError')) onMoved();
        throw error;
      }
    };
    const { stream, name, filters } = consumer;
    return runProjection(this.bus, { stream, consumer: name, filters, startAfter: before, apply, restMs });
  }

  /** Whoever has lost the lock stops writing; a write that is still on its way finds the view moved. */
  async #untilLost(lock: HeldLock, moved: AbortSignal): Promise<void> {
    while (!this.#stopped.signal.aborted && !moved.aborted) {
      await this.#pause(lockCheckMs, moved);
      await lock.check();
    }
  }

  async #pause(ms: number, also?: AbortSignal): Promise<void> {
    const signal = also === undefined ? this.#stopped.signal : AbortSignal.any([this.#stopped.signal, also]);
    if (signal.aborted) return;
    await delay(ms, undefined, { signal }).catch(() => undefined);
  }
}
