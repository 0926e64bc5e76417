/** What a planned fault does to a request. */
export type FaultAction =
  /** Waits, then goes on as if nothing were. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Processes at once, answers late. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Answers with a documented error, by its name; nothing is processed. */
  | {
      readonly kind: 'answer';
      readonly reason: string | null;
      readonly status: number | null;
      readonly retryAfterSeconds: number | null;
    }
  /** Answers what no vendor ever wrote down; nothing is processed. */
  | { readonly kind: 'nonsense'; readonly status: number; readonly body: string }
  | { readonly kind: 'goaway'; readonly reason: string; readonly code: number }
  | { readonly kind: 'reset'; readonly code: number }
  /** The connection ends: before = nothing was processed, after = processed, and the answer never leaves. */
  | { readonly kind: 'cut-before' }
  | { readonly kind: 'cut-after' }
  /** The connection stays open and says nothing any more. */
  | { readonly kind: 'half-open' };

/** A vendor's documented error, planned. */
export type PlannedAnswer = Extract<FaultAction, { kind: 'answer' }>;

/** Which requests a fault touches: all fields that are not null must agree. */
export interface FaultScope {
  /** Names under which requests stand in the ledger. */
  readonly vendors: readonly string[] | null;
  readonly token: string | null;
  readonly phoneId: string | null;
  /** What the app is called at the vendor: bundle id, project id, package name, … */
  readonly topic: string | null;
  readonly environment: string | null;
}

export interface FaultPlan {
  readonly scope: FaultScope;
  readonly action: FaultAction;
  /** How many requests it touches; null = all. */
  readonly count: number | null;
  /** How many matching requests pass untouched first. */
  readonly after: number;
  /** 0..1; drawn from the seed, so that the same requests are touched again. */
  readonly probability: number;
  readonly seed: number;
}

export interface Fault extends FaultPlan {
  readonly id: string;
  readonly seen: number;
  readonly applied: number;
}

export interface FaultSubject extends FaultTarget {
  readonly vendor: string;
  readonly topic: string | null;
  readonly environment: string | null;
}

export interface FaultTarget {
  readonly token: string | null;
  readonly phoneId: string | null;
}

/** What is planned for a request with many targets: something for all of it, or errors for single targets. */
export interface RequestFaults {
  readonly whole: FaultAction | null;
  /** By the target's place in the request. */
  readonly byTarget: ReadonlyMap<number, PlannedAnswer>;
}

const noTargetFaults: ReadonlyMap<number, PlannedAnswer> = new Map();

interface ActiveFault extends FaultPlan {
  readonly id: string;
  seen: number;
  applied: number;
  draw: () => number;
}

/** The faults that tests planned. The first one that agrees with a request and is not used up is the one that acts. */
export class FaultPlans {
  #active: ActiveFault[] = [];
  #lastId = 0;

  get isEmpty(): boolean {
    return this.#active.length === 0;
  }

  add(plan: FaultPlan): string {
    const id = `fault-${++this.#lastId}`;
    this.#active.push({ ...plan, id, seen: 0, applied: 0, draw: seededDraw(plan.seed) });
    return id;
  }

  list(): Fault[] {
    return this.#active.map(({ draw: _draw, ...fault }) => fault);
  }

  /** Removes one fault, or all. */
  clear(id: string | null): void {
    this.#active = id === null ? [] : this.#active.filter((fault) => fault.id !== id);
  }

  match(subject: FaultSubject): FaultAction | null {
    for (const fault of this.#active) {
      if (agrees(fault.scope, subject) && isDue(fault)) return fault.action;
    }
    return null;
  }

  /**
   * For a request with any number of targets. A fault that names a token or a phone touches that target alone when it is an answer;
   * everything else touches the whole request.
   */
  matchTargets(
    request: Omit<FaultSubject, 'token' | 'phoneId'>,
    targets: readonly FaultTarget[],
  ): RequestFaults {
    if (this.isEmpty) return { whole: null, byTarget: noTargetFaults };
    const [only = { token: null, phoneId: null }] = targets;
    if (targets.length <= 1) return { whole: this.match({ ...request, ...only }), byTarget: noTargetFaults };
    const byTarget = new Map<number, PlannedAnswer>();
    for (const fault of this.#active) {
      if (fault.scope.token === null && fault.scope.phoneId === null) {
        if (agrees(fault.scope, { ...request, token: null, phoneId: null }) && isDue(fault))
          return { whole: fault.action, byTarget: noTargetFaults };
        continue;
      }
      for (const [at, target] of targets.entries()) {
        if (byTarget.has(at) || !agrees(fault.scope, { ...request, ...target }) || !isDue(fault)) continue;
        if (fault.action.kind !== 'answer') return { whole: fault.action, byTarget: noTargetFaults };
        byTarget.set(at, fault.action);
      }
    }
    return { whole: null, byTarget };
  }
}

/** Counts a request that a fault agrees with, and says whether it is one to touch. */
function isDue(fault: ActiveFault): boolean {
  if (fault.count !== null && fault.applied >= fault.count) return false;
  if (fault.seen++ < fault.after) return false;
  if (fault.probability < 1 && fault.draw() >= fault.probability) return false;
  fault.applied++;
  return true;
}

function agrees(scope: FaultScope, subject: FaultSubject): boolean {
  return (
    (scope.vendors === null || scope.vendors.includes(subject.vendor)) &&
    (scope.token === null || scope.token === subject.token) &&
    (scope.phoneId === null || scope.phoneId === subject.phoneId) &&
    (scope.topic === null || scope.topic === subject.topic) &&
    (scope.environment === null || scope.environment === subject.environment)
  );
}

/** A small deterministic generator (mulberry32): the same seed draws the same numbers on every machine. */
function seededDraw(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
