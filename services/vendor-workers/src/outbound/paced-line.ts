import { lanes, type Lane } from '@reveille/contracts/push/lane';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { LinePace } from '../protocol/line-pace.js';
import type { Clock, Pace, PaceTurn, Soon } from '../ports.js';

export interface PacedLineOptions {
  readonly clock: Clock;
  /** Calls back once, later; the result forgets it. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  /** Targets per second over all workers; null: none is known. */
  readonly perSecond: number | null;
  /** How many workers there are now. */
  readonly workers: () => number;
  /** The pace is another one now. */
  readonly changed?: (perSecond: number | null) => void;
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

  #take(targets: number, lane: Lane, signal: AbortSignal): Soon<PaceTurn | null> {
    if (this.#isStopped || signal.aborted) return null;
    if (this.#isNext(lane)) {
      this.#pace.shareWith(this.options.workers());
      if (this.#pace.waitMs(targets, lane, this.options.clock.now()) === 0) return this.#turn(targets, lane);
    }
    return new Promise((resolve) => {
      this.#waiting.get(lane)?.push({ targets, signal, resolve });
      this.#watch(signal);
      this.#pump();
    });
  }

  #heed(outcomes: readonly PushOutcome[]): void {
    const throttled = outcomes.filter(isThrottled).length;
    const before = this.#pace.perSecond;
    this.#pace.heed(outcomes.length, throttled, this.options.clock.now());
    if (this.#pace.perSecond !== before) this.options.changed?.(this.#pace.perSecond);
  }

  #turn(targets: number, lane: Lane): PaceTurn {
    return {
      end: (asked) => {
        if (asked < targets) this.#pace.giveBack(targets - asked, lane);
      },
    };
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#pace.shareWith(this.options.workers());
    const waits = lanes.flatMap((lane) => this.#pumpLane(lane));
    if (waits.length > 0) this.#timer = this.options.after(Math.min(...waits), () => this.#pump());
  }

  /** Lets go ahead what may; how long until the next one, if there is one. */
  #pumpLane(lane: Lane): number[] {
    const queue = this.#waiting.get(lane) ?? [];
    let gone = 0;
    for (const { targets, resolve } of queue) {
      const wait = this.#pace.waitMs(targets, lane, this.options.clock.now());
      if (wait > 0) {
        queue.splice(0, gone);
        return [wait];
      }
      gone += 1;
      resolve(this.#turn(targets, lane));
    }
    queue.length = 0;
    return [];
  }

  /** Nobody of this lane, or of a more urgent one, waits. */
  #isNext(lane: Lane): boolean {
    for (const other of lanes) {
      if ((this.#waiting.get(other)?.length ?? 0) > 0) return false;
      if (other === lane) break;
    }
    return true;
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
