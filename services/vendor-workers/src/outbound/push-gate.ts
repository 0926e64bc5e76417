import type { Admission, Clock, GateControl, PausableLoop } from '../ports.js';

export interface PushGateOptions {
  readonly clock: Clock;
  /** Calls back once, later; the result forgets it. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  /** Pauses every lane's consumer on the server until then; reports its own failures. */
  readonly pauseConsumers: (untilAt: number) => Promise<void>;
  readonly resumeConsumers: () => Promise<void>;
  readonly report: (state: GateState) => void;
}
export interface GateState {
  readonly isShut: boolean;
  /** Why, and until when; null while it is open. */
  readonly cause: string | null;
  readonly until: number | null;
}

export const firstPauseMs = 5_000;
export const longestPauseMs = 60_000;

/**
 * open → (shut) → shut, for 5 s and then for twice as long each time, at most a minute.
 * shut → (the pause ends) → ajar: the first to enter is the probe, the others wait for it.
 * ajar → (passed) → open · (shut) → shut, longer · (abandon) → ajar, the next is the probe.
 */
export class PushGate implements GateControl {
  #state: 'open' | 'shut' | 'ajar' = 'open';
  #pauseMs = firstPauseMs;
  #halt = new AbortController();
  #timer: { cancel(): void } | null = null;
  #isProbing = false;
  #waiting: (() => void)[] = [];
  readonly #loops = new Set<PausableLoop>();

  constructor(private readonly options: PushGateOptions) {}

  get isShut(): boolean {
    return this.#state === 'shut';
  }

  /** A loop that this gate stops while it is shut; the result takes it out again. */
  attach(loop: PausableLoop): () => void {
    this.#loops.add(loop);
    if (this.isShut) loop.pause();
    return () => this.#loops.delete(loop);
  }

  async enter(): Promise<Admission> {
    for (;;) {
      if (this.#state === 'shut') return { kind: 'shut' };
      if (this.#state === 'open') return { kind: 'open', signal: this.#halt.signal };
      if (!this.#isProbing) return this.#probe();
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  shut(cause: string): void {
    if (this.#state === 'shut') return;
    this.#pauseMs = this.#state === 'ajar' ? Math.min(longestPauseMs, this.#pauseMs * 2) : firstPauseMs;
    const untilAt = this.options.clock.now() + this.#pauseMs;
    this.#become('shut');
    this.#halt.abort();
    this.#halt = new AbortController();
    for (const loop of this.#loops) loop.pause();
    this.options.report({ isShut: true, cause, until: untilAt });
    void this.options.pauseConsumers(untilAt);
    this.#timer = this.options.after(this.#pauseMs, () => this.#open('ajar'));
  }

  /** The app's settings changed: what was refused may be good now, so the pause need not be sat out. */
  retryNow(): void {
    if (this.#state !== 'shut') return;
    this.#timer?.cancel();
    void this.options.resumeConsumers();
    this.#open('ajar');
  }

  /** No callbacks any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #probe(): Admission {
    this.#isProbing = true;
    let isOver = false;
    const end = (passed: boolean): void => {
      if (isOver || this.#state !== 'ajar') return;
      isOver = true;
      if (passed) {
        this.options.report({ isShut: false, cause: null, until: null });
        this.#become('open');
        // Other processes may still sit out a pause of their own.
        void this.options.resumeConsumers();
      } else this.#become('ajar');
    };
    return { kind: 'probe', signal: this.#halt.signal, passed: () => end(true), abandon: () => end(false) };
  }

  #open(state: 'ajar'): void {
    this.#become(state);
    for (const loop of this.#loops) loop.resume();
  }

  #become(state: 'open' | 'shut' | 'ajar'): void {
    this.#state = state;
    this.#isProbing = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
