import { lanes, type Lane } from '@reveille/contracts/push/lane';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { LinePace } from '../protocol/line-pace.js';
import type { Clock, Pace, PaceTurn } from '../ports.js';

export interface PacedLineOptions {
  readonly clock: Clock;
  /** Calls back once, later; the result forgets it. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  /** Targets per second over all workers; null: none is known. */
  readonly perSecond: number | null;
  /** How many workers there are now. */
  readonly workers: () => number;
}

interface Waiter {
  readonly targets: number;
  readonly signal: AbortSignal;
  readonly resolve: (turn: PaceTurn | null) => void;
}

/** What waits for its turn on one line, by lanes. Nothing of one line waits for another. */
export class PacedLine {
  readonly #pace: LinePace;
  readonly #waiting = new Map<Lane, Waiter[]>(lanes.map((lane) => [lane, []]));
  readonly #watched = new WeakSet<AbortSignal>();
  #timer: { cancel(): void } | null = null;
  #isStopped = false;

  constructor(private readonly options: PacedLineOptions) {
    this.#pace = new LinePace(options.perSecond);
  }

  /** Now, of this worker; null: as fast as they come. */
  get perSecond(): number | null {
    return this.#pace.perSecond;
  }

  /** The line as a push sees it: what its gate's signal aborts is let go. */
  under(signal: () => AbortSignal): Pace {
    return {
      take: (targets, lane) => this.#take(targets, lane, signal()),
      heed: (outcomes) => this.#heed(outcomes),
    };
  }

  /** Lets go of what waits, and of what comes. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#letGo(() => true);
  }

  #take(targets: number, lane: Lane, signal: AbortSignal): Promise<PaceTurn | null> {
    if (this.#isStopped || signal.aborted) return Promise.resolve(null);
    if (this.#isEmpty()) {
      this.#pace.shareWith(this.options.workers());
      if (this.#pace.waitMs(targets, this.options.clock.now()) === 0)
        return Promise.resolve(this.#turn(targets));
    }
    return new Promise((resolve) => {
      this.#waiting.get(lane)?.push({ targets, signal, resolve });
      this.#watch(signal);
      this.#pump();
    });
  }

  #heed(outcomes: readonly PushOutcome[]): void {
    const throttled = outcomes.filter(isThrottled).length;
    this.#pace.heed(outcomes.length, throttled, this.options.clock.now());
  }

  #turn(targets: number): PaceTurn {
    return {
      end: (asked) => {
        if (asked < targets) this.#pace.giveBack(targets - asked);
      },
    };
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#pace.shareWith(this.options.workers());
    for (;;) {
      const queue = lanes.map((lane) => this.#waiting.get(lane) ?? []).find(({ length }) => length > 0);
      const next = queue?.[0];
      if (queue === undefined || next === undefined) return;
      const wait = this.#pace.waitMs(next.targets, this.options.clock.now());
      if (wait > 0) {
        this.#timer = this.options.after(wait, () => this.#pump());
        return;
      }
      queue.shift();
      next.resolve(this.#turn(next.targets));
    }
  }

  #isEmpty(): boolean {
    return [...this.#waiting.values()].every(({ length }) => length === 0);
  }

  /** One listener per signal, however many wait under it. */
  #watch(signal: AbortSignal): void {
    if (this.#watched.has(signal)) return;
    this.#watched.add(signal);
    signal.addEventListener('abort', () => this.#letGo((waiter) => waiter.signal === signal), { once: true });
  }

  #letGo(which: (waiter: Waiter) => boolean): void {
    for (const [lane, queue] of this.#waiting) {
      this.#waiting.set(
        lane,
        queue.filter((waiter) => !which(waiter)),
      );
      for (const waiter of queue) if (which(waiter)) waiter.resolve(null);
    }
  }
}

function isThrottled(outcome: PushOutcome): boolean {
  return outcome.kind === 'deferred' && outcome.reason === 'throttled';
}
