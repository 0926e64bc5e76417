import type { FaultAction, PlannedAnswer } from './faults.js';
import type { Answer, Exchange } from './wire/exchange.js';

/** What a vendor made of a request: the answer, and whatever the ledger is to say about it. */
export interface Decided<Note> {
  readonly answer: Answer;
  readonly note: Note;
}

export interface FaultHooks<Note> {
  /** Processes the request as the vendor would: with all its consequences for the phone. */
  process(): Decided<Note>;
  /** The answer of a planned error, without consequences. */
  planned(action: PlannedAnswer): Decided<Note>;
  /** What the ledger says of a request that was never looked at. */
  unprocessed(): Note;
  /** Writes the ledger. A null answer never left. Called before the answer leaves. */
  record(note: Note, answer: Answer | null, fault: FaultAction['kind'] | null): void;
  /** How long every ordinary answer takes; 0 = at once. */
  latencyMs(): number;
  after(ms: number, then: () => void): void;
}

/** Carries one request through a planned fault, or through no fault at all. */
export function actOnFault<Note>(
  exchange: Exchange,
  fault: FaultAction | null,
  hooks: FaultHooks<Note>,
): void {
  if (fault === null) return answerAsUsual(exchange, null, hooks, hooks.latencyMs());
  switch (fault.kind) {
    case 'slow':
      return answerAsUsual(exchange, 'slow', hooks, fault.ms);
    case 'delay':
      return hooks.after(fault.ms, () => answerAsUsual(exchange, 'delay', hooks, 0));
    case 'answer': {
      const { answer, note } = hooks.planned(fault);
      hooks.record(note, answer, 'answer');
      return exchange.answer(answer);
    }
    case 'nonsense': {
      const answer = { status: fault.status, headers: { 'content-type': 'text/html' }, body: fault.body };
      hooks.record(hooks.unprocessed(), answer, 'nonsense');
      return exchange.answer(answer);
    }
    case 'cut-after': {
      hooks.record(hooks.process().note, null, 'cut-after');
      return exchange.cut();
    }
    case 'goaway':
      if (!exchange.goAway(fault.code, JSON.stringify({ reason: fault.reason })))
        return answerAsUsual(exchange, 'goaway', hooks, 0);
      return hooks.record(hooks.unprocessed(), null, 'goaway');
    default:
      hooks.record(hooks.unprocessed(), null, fault.kind);
      return breakOff(exchange, fault);
  }
}

function breakOff(
  exchange: Exchange,
  fault: Extract<FaultAction, { kind: 'reset' | 'cut-before' | 'half-open' }>,
): void {
  if (fault.kind === 'reset') return exchange.reset(fault.code);
  if (fault.kind === 'cut-before') return exchange.cut();
  return exchange.silence();
}

function answerAsUsual<Note>(
  exchange: Exchange,
  fault: FaultAction['kind'] | null,
  hooks: FaultHooks<Note>,
  waitMs: number,
): void {
  const { answer, note } = hooks.process();
  hooks.record(note, answer, fault);
  if (waitMs === 0) return exchange.answer(answer);
  hooks.after(waitMs, () => exchange.answer(answer));
}
