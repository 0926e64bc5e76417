import { lanes, type Lane } from '@reveille/contracts/push/lane';
import { failed, type Heard, LineHealth } from '../protocol/line-health.js';
import { ServiceHealth, type ServiceOutage } from '../protocol/service-health.js';
import type { Admission, Clock, GateControl, GateTrouble, Opening, PausableLoop, Soon } from '../ports.js';

export interface PushGateOptions {
  readonly clock: Clock;
  /** Calls back once, later; the result forgets it. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  /** Pauses every lane's consumer on the server until then; reports its own failures. */
  readonly pauseConsumers: (untilAt: number) => Promise<void>;
  readonly resumeConsumers: () => Promise<void>;
  readonly report: (state: GateState) => void;
  /** One of the services that the line leads to is out, or (null) is not any more. */
  readonly reportService: (origin: string, outage: ServiceOutage | null) => void;
  /** Tells the other workers what became of the line here. */
  readonly share: (state: GateState) => void;
}
/** What a gate is, as it is told; null: it is open. */
export type GateState = (GateTrouble & { readonly sinceAt: number; readonly untilAt: number }) | null;

export const firstPauseMs = 5_000;
export const longestPauseMs = 60_000;

/**
 * open → (shut) → shut, for 5 s and then for twice as long each time, at most a minute.
 * shut → (the pause ends) → ajar: the first to enter is the probe, the others wait for it.
 * ajar → (passed) → open · (shut, or the probe fails) → shut, longer · (abandon) → ajar, the next is the probe.
 * shut, ajar → (another worker's probe has passed) → open. What is ajar is told as it was last told, until somebody knows better.
 *
 * Where it is shut because all services are out that this worker knows, others may know one that is well: they are not told, and the
 * consumers flow for them. Ajar, it lets everybody in, since each service has a probe of its own; the first that answers opens it.
 */
export class PushGate implements GateControl {
  #state: 'open' | 'shut' | 'ajar' = 'open';
  #pauseMs = firstPauseMs;
  #sinceAt = 0;
  #halt = new AbortController();
  #opening = this.#openingOf(this.#halt);
  #timer: { cancel(): void } | null = null;
  #isProbing = false;
  /** Shut, or ajar after it, by what the services came to. */
  #isByServices = false;
  #waiting: (() => void)[] = [];
  readonly #loops = new Map<PausableLoop, Lane>();
  readonly #health = new LineHealth();
  readonly #services: ServiceHealth;

  constructor(private readonly options: PushGateOptions) {
    this.#services = new ServiceHealth((origin, outage) => options.reportService(origin, outage));
  }

  get isShut(): boolean {
    return this.#state === 'shut';
  }

  /** Aborted when the gate shuts, with everything that waits behind it. */
  get signal(): AbortSignal {
    return this.#halt.signal;
  }

  attach(loop: PausableLoop, lane: Lane): () => void {
    this.#loops.set(loop, lane);
    if (this.isShut) loop.pause();
    return () => this.#loops.delete(loop);
  }

  enter(): Soon<Admission> {
    if (this.#state === 'shut') return { kind: 'shut' };
    if (this.#state === 'open' || this.#isByServices) return { kind: 'open', opening: this.#opening };
    if (!this.#isProbing) return this.#probe();
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.enter());
  }

  #shut(trouble: GateTrouble): void {
    const now = this.options.clock.now();
    const isFirst = this.#state === 'open' || this.#isByServices;
    this.#pauseMs = isFirst ? firstPauseMs : Math.min(longestPauseMs, this.#pauseMs * 2);
    if (isFirst) this.#sinceAt = now;
    const untilAt = now + this.#pauseMs;
    const state = { ...trouble, sinceAt: this.#sinceAt, untilAt };
    this.#close(state);
    this.options.share(state);
    void this.options.pauseConsumers(untilAt);
  }

  #shutByServices({ cause, untilAt }: ServiceOutage): void {
    if (this.#state === 'open') this.#sinceAt = this.options.clock.now();
    this.#close({ kind: 'outage', cause: `all services: ${cause}`, sinceAt: this.#sinceAt, untilAt });
    this.#isByServices = true;
  }

  #heed(heard: readonly Heard[]): void {
    const now = this.options.clock.now();
    if (heard.some(({ origin }) => origin !== undefined)) return this.#heedServices(heard, now);
    const trouble = this.#health.heed(heard, now);
    if (trouble !== null) return this.#shut(trouble);
    // A probe stands for all: one failure is enough.
    const failure = this.#state === 'ajar' ? heard.find(({ outcome }) => failed(outcome)) : undefined;
    if (failure !== undefined && failure.outcome.kind !== 'accepted')
      this.#shut({ kind: 'outage', cause: failure.outcome.vendorCode });
  }

  /** A service that fails is shut out by itself; the line is out when all are that it uses. Condemned tokens are the line's. */
  #heedServices(heard: readonly Heard[], now: number): void {
    const outage = this.#services.heed(heard, now);
    if (outage !== null) return this.#shutByServices(outage);
    const judged = heard.filter(({ outcome }) => !failed(outcome));
    const trouble = this.#health.heed(judged, now);
    if (trouble !== null) return this.#shut(trouble);
    if (!this.#isByServices || judged.length === 0) return;
    this.options.report(null);
    this.#become('open');
  }

  /** Somebody else found this line shut, or it was when this process began: it is so here, too, until then. */
  adopt(state: NonNullable<GateState>): void {
    if (this.#state !== 'open') return;
    this.#sinceAt = state.sinceAt;
    this.#pauseMs = firstPauseMs;
    // Nobody has found it shut lately: nothing is told of it, and the first push is the probe.
    if (state.untilAt <= this.options.clock.now()) this.#become('ajar');
    else this.#close(state);
  }

  /**
   * The app's settings changed: what was refused may be good now, so the pause need not be sat out. Nothing is known against the
   * line any more; the first push is the probe all the same.
   */
  retryNow(): void {
    this.#services.clear();
    this.#isByServices = false;
    if (this.#state === 'open') return;
    this.options.report(null);
    if (this.#state === 'ajar') return;
    this.#timer?.cancel();
    void this.options.resumeConsumers();
    this.#openAjar();
  }

  /** Another worker's probe has passed, and has resumed the consumers. */
  lift(): void {
    if (this.#state === 'open') return;
    this.options.report(null);
    const wasShut = this.#state === 'shut';
    this.#timer?.cancel();
    this.#become('open');
    if (wasShut) this.#resumeLoops();
  }

  /** No callbacks any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #close(state: NonNullable<GateState>): void {
    this.#become('shut');
    this.#halt.abort();
    this.#halt = new AbortController();
    this.#opening = this.#openingOf(this.#halt);
    for (const loop of this.#loops.keys()) loop.pause();
    this.options.report(state);
    const pauseMs = Math.max(0, state.untilAt - this.options.clock.now());
    this.#timer = this.options.after(pauseMs, () => this.#openAjar());
  }

  #openingOf({ signal }: AbortController): Opening {
    return {
      signal,
      shut: (trouble) => {
        if (!signal.aborted) this.#shut(trouble);
      },
      heed: (heard) => {
        if (!signal.aborted) this.#heed(heard);
      },
      serviceWaitMs: (origin) => this.#services.waitMs(origin, this.options.clock.now()),
    };
  }

  #probe(): Admission {
    this.#isProbing = true;
    let isOver = false;
    const opening = this.#opening;
    const end = (passed: boolean): void => {
      if (isOver || opening.signal.aborted || this.#state !== 'ajar') return;
      isOver = true;
      if (passed) {
        this.options.report(null);
        this.options.share(null);
        this.#become('open');
        // Other processes may still sit out a pause of their own.
        void this.options.resumeConsumers();
      } else this.#become('ajar');
    };
    return { kind: 'probe', opening, passed: () => end(true), abandon: () => end(false) };
  }

  #openAjar(): void {
    this.#become('ajar');
    this.#resumeLoops();
  }

  #resumeLoops(): void {
    for (const lane of lanes) for (const [loop, its] of this.#loops) if (its === lane) loop.resume();
  }

  #become(state: 'open' | 'shut' | 'ajar'): void {
    this.#state = state;
    this.#isProbing = false;
    // Ajar is how it goes on after it was shut.
    if (state !== 'ajar') this.#isByServices = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
