import type { Bus } from '@reveille/bus/connect';
import type { Delivery } from '@reveille/bus/consume';
import { type Checkpoint as StreamPlace, type ProjectionHandle, runProjection } from '@reveille/bus/project';
import type { HeldLock } from '@reveille/chassis/database';
import { isErrorNamed, TimeoutError, UnavailableError } from '@reveille/contracts/errors';
import { consumers } from '@reveille/contracts/streams';

export interface DirectoryProjectorOptions {
  /** Held by the one presence that writes the directory; null while another holds it. */
  readonly lock: () => Promise<HeldLock | null>;
  /** How far the directory has come, whoever wrote it. */
  readonly place: () => Promise<StreamPlace | null>;
  /** Applies events that follow the position `after`, and keeps the place, in one transaction. */
  readonly apply: (batch: readonly Delivery[], after: number, place: StreamPlace) => Promise<void>;
  /** It cannot go on by itself: the stream is not the one that the directory was made of. */
  readonly onFatal: (error: Error) => void;
}

const lockCheckMs = 1_000;
const lockRetryMs = 250;
const pollMs = 10;
const answerDeadlineMs = 4_500;

/**
 * Keeps the directory up with DEVICES.
 *
 * waiting (another presence writes; the table is watched) → leading (this one holds the lock and applies the stream) →
 * waiting again when the lock's connection is lost, or the one to NATS: another may still have both. Two that lead by mistake cannot harm: a batch that does not follow
 * the kept position is refused.
 */
export class DirectoryProjector {
  #handle: ProjectionHandle | null = null;
  #isStopped = false;
  #fatal: Error | null = null;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly options: DirectoryProjectorOptions,
  ) {}

  /** Resolves when the directory has all that DEVICES holds now; rejects if it can never have it. */
  async start(): Promise<void> {
    const tail = await this.bus.streamTail(consumers.deviceDirectory.stream);
    this.#loop = this.#run();
    while (!this.#isStopped && !(await this.#hasReached(tail, answerDeadlineMs))) {
      this.bus.logger.info('the device directory is catching up', {
        position: this.#handle?.position(),
        tail,
      });
    }
  }

  isLeading(): boolean {
    return this.#handle !== null;
  }

  /** Resolves when the directory has the event at this position; TimeoutError after 4.5 s. */
  async whenReached(position: number): Promise<void> {
    if (await this.#hasReached(position, answerDeadlineMs)) return;
    throw new TimeoutError(`the device directory has not reached ${position} in time`);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#loop;
  }

  async #hasReached(position: number, withinMs: number): Promise<boolean> {
    const until = performance.now() + withinMs;
    while (!this.#isStopped && this.#fatal === null) {
      const leftMs = until - performance.now();
      if (leftMs <= 0) return false;
      if (this.#handle !== null) {
        const handle = this.#handle;
        if (await within(leftMs, (signal) => handle.whenCaughtUp(position, signal))) return true;
      } else {
        const place = await this.options.place();
        if ((place?.position ?? 0) >= position) return true;
      }
      await pause(pollMs);
    }
    return false;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      try {
        const lock = this.bus.isConnected() ? await this.options.lock() : null;
        if (lock === null) await this.#rest(lockRetryMs);
        else await this.#lead(lock);
      } catch (error) {
        if (isErrorNamed(error, 'StreamReplacedError')) return this.#giveUp(error);
        this.bus.logger.warn('the device directory is not kept up', { error });
        await this.#rest(lockRetryMs);
      }
    }
  }

  #giveUp(cause: Error): void {
    const advice =
      'empty presence.device, presence.binding, presence.push_line and presence.projection_position to make it anew';
    this.#fatal = new UnavailableError(`${cause.message}: ${advice}`, { cause });
    this.options.onFatal(this.#fatal);
  }

  async #lead(lock: HeldLock): Promise<void> {
    const { stream, name, filters } = consumers.deviceDirectory;
    const startAfter = await this.options.place();
    let after = startAfter?.position ?? 0;
    const handle = await runProjection(this.bus, {
      stream,
      consumer: name,
      filters,
      startAfter,
      apply: async (batch, place) => {
        await this.options.apply(batch, after, place);
        after = place.position;
      },
    });
    let ended: Error | null = null;
    handle.ended.catch((error: Error) => {
      ended = error;
      this.#wake();
    });
    this.#handle = handle;
    this.bus.logger.info('this presence writes the device directory', { position: after });
    try {
      while (!this.#isStopped && ended === null && this.bus.isConnected()) {
        await this.#rest(lockCheckMs);
        await lock.check();
      }
      if (ended !== null) throw ended as Error;
    } finally {
      this.#handle = null;
      await handle.stop();
      await lock.release();
    }
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isStopped) this.#wake();
    });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** True when the work is done in time, false when it fails or time is up: then it is told to end. */
function within(ms: number, work: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const timeUp = new AbortController();
  const timer = setTimeout(() => timeUp.abort(), ms);
  return work(timeUp.signal)
    .then(
      () => true,
      () => false,
    )
    .finally(() => clearTimeout(timer));
}
