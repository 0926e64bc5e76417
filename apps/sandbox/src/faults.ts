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
  | { readonly kind: 'goaway'; readonly reason: string; readonly code: number }
  | { readonly kind: 'reset'; readonly code: number }
  /** The connection ends: before = nothing was processed, after = processed, and the answer never leaves. */
  | { readonly kind: 'cut-before' }
  | { readonly kind: 'cut-after' }
  /** The connection stays open and says nothing any more. */
  | { readonly kind: 'half-open' };

/** Which requests a fault touches: all fields that are not null must agree. */
export interface FaultScope {
  readonly vendor: 'apns' | 'fcm' | 'oauth' | null;
  readonly token: string | null;
  readonly phoneId: string | null;
  /** APNs: the bundle id. FCM: the project id. */
  readonly topic: string | null;
  readonly environment: 'production' | 'development' | null;
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

export interface FaultSubject {
  readonly vendor: 'apns' | 'fcm' | 'oauth';
  readonly token: string | null;
  readonly phoneId: string | null;
  readonly topic: string | null;
  readonly environment: 'production' | 'development' | null;
}

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
      if (!agrees(fault.scope, subject)) continue;
      if (fault.count !== null && fault.applied >= fault.count) continue;
      if (fault.seen++ < fault.after) continue;
      if (fault.probability < 1 && fault.draw() >= fault.probability) continue;
      fault.applied++;
      return fault.action;
    }
    return null;
  }
}

function agrees(scope: FaultScope, subject: FaultSubject): boolean {
  return (
    (scope.vendor === null || scope.vendor === subject.vendor) &&
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
