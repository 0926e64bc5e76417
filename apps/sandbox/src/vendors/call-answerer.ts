import { actOnFault, type Decided } from '../act-on-fault.js';
import type { FaultAction, PlannedAnswer } from '../faults.js';
import type { PushEffect } from '../push.js';
import type { Answer, Exchange } from '../wire/exchange.js';
import { makeLatency, type VendorDesk } from './vendor-desk.js';

/** A target of a request, in the ledger's words. */
export interface CallTarget {
  /** Null: a topic, a condition, everybody. */
  readonly token: string | null;
  readonly collapseId: string | null;
  readonly tag: string | null;
}

/** What the vendor made of one target. */
export interface TargetResult {
  readonly reason: string | null;
  /** Null: it was not processed. */
  readonly effect: PushEffect | null;
  readonly vendorId: string | null;
}

/** What the vendor made of a request. */
export interface CallResult {
  readonly answer: Answer;
  /** The vendor's word for the request as a whole; null = it is good. Stands in the ledger for targets without a result. */
  readonly reason: string | null;
  /** In the order of the call's targets; left out: none was processed. */
  readonly results?: readonly TargetResult[];
}

/** One request of a provider. */
export interface VendorCall {
  /** The vendor's name or one of its `otherNames`. */
  readonly vendor: string;
  readonly environment: string | null;
  readonly topic: string | null;
  readonly pushType: string | null;
  /** None: a token endpoint, a saved body, a request that cannot be read. */
  readonly targets: readonly CallTarget[];
  /** What the ledger keeps; null for credentials. */
  readonly payload: string | null;
  /** As the vendor would, with all consequences for the phones. `planned` are errors for single targets, by their place. */
  process(planned: ReadonlyMap<number, PlannedAnswer>): CallResult;
  /** The answer of a planned error for the whole request, without consequences. */
  planned(action: PlannedAnswer): CallResult;
}

interface Note {
  readonly reason: string | null;
  readonly results: readonly TargetResult[];
}

/** Gives what carries a vendor's requests through the planned faults and writes the ledger: one entry for each target. */
export function makeCallAnswerer(desk: VendorDesk): (exchange: Exchange, call: VendorCall) => void {
  const latencyMs = makeLatency(desk.load);
  return (exchange, call) => {
    const arrivedAt = desk.clock.machineNow();
    const { vendor, topic, environment } = call;
    const faults = desk.faults.matchTargets(
      { vendor, topic, environment },
      desk.faults.isEmpty
        ? []
        : call.targets.map(({ token }) => ({ token, phoneId: phoneIdOf(desk, token) })),
    );
    actOnFault<Note>(exchange, faults.whole, {
      process: () => decided(call.process(faults.byTarget)),
      planned: (action) => decided(call.planned(action)),
      unprocessed: () => ({ reason: null, results: [] }),
      record: (note, answer, fault) =>
        writeDown(desk, exchange, call, { ...note, answer, fault, arrivedAt, planned: faults.byTarget }),
      latencyMs,
      after: desk.after,
    });
  };
}

function decided({ answer, reason, results = [] }: CallResult): Decided<Note> {
  return { answer, note: { reason, results } };
}

interface Written extends Note {
  readonly answer: Answer | null;
  readonly fault: FaultAction['kind'] | null;
  readonly arrivedAt: number;
  readonly planned: ReadonlyMap<number, PlannedAnswer>;
}

const noTarget: CallTarget = { token: null, collapseId: null, tag: null };

function writeDown(desk: VendorDesk, exchange: Exchange, call: VendorCall, written: Written): void {
  const { vendor, environment, topic, pushType, payload } = call;
  const { answer, fault, arrivedAt, planned } = written;
  const retryAfter = answer?.headers?.['retry-after'];
  const keepsPayload = desk.load.keepsPayloads && !desk.load.fast;
  for (const [at, target] of (call.targets.length === 0 ? [noTarget] : call.targets).entries()) {
    const result = written.results[at] ?? { reason: written.reason, effect: null, vendorId: null };
    desk.ledger.append({
      arrivedAt,
      vendor,
      environment,
      token: target.token,
      phoneId: phoneIdOf(desk, target.token),
      topic,
      vendorId: result.vendorId,
      apnsId: null,
      collapseId: target.collapseId,
      tag: target.tag,
      pushType,
      status: answer?.status ?? null,
      reason: result.reason,
      retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
      effect: result.effect,
      fault: fault ?? (planned.has(at) ? 'answer' : null),
      traceparent: exchange.headers['traceparent'] ?? null,
      connection: exchange.connectionId,
      stream: exchange.streamId,
      payload: keepsPayload && (at === 0 || isSmall(payload)) ? payload : null,
    });
  }
}

/** A large body of many targets is kept with the first of them alone: 500 copies of it would fill the memory. */
function isSmall(payload: string | null): boolean {
  return payload !== null && payload.length <= 8_192;
}

function phoneIdOf(desk: VendorDesk, token: string | null): string | null {
  return token === null ? null : (desk.phones.findToken(token)?.phone.phoneId ?? null);
}
