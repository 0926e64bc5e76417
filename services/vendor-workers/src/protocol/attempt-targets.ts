import { UnavailableError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import type { PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { heldBack, type TargetResult } from '../domain/disposition-of.js';
import { requestKey } from '../domain/request-key.js';
import type {
  Admission,
  AttemptSpan,
  JobDelivery,
  Machine,
  Opening,
  PushWatch,
  VendorLine,
  VendorLines,
} from '../ports.js';
import type { BuiltPush, Credential, OpenTarget } from '../vendor.js';

export interface AttemptPorts {
  readonly lines: VendorLines;
  readonly watch: PushWatch;
  readonly machine: Machine;
}

/** One delivery of a job on its app's line, with the credential of this moment. */
export interface Attempt {
  readonly delivery: JobDelivery;
  readonly line: VendorLine;
  readonly credential: Credential;
}

/**
 * Every target once. A probe is the first target's request: it goes alone, and the others wait for what becomes of it. What the
 * vendor says is heeded at once: by the gate, by the pace, and where it is about the credential. What a stranger's server says is
 * not: it stands in the outcome alone. Where targets lead to many services, those of one that is out wait, and the others go.
 */
export function attemptTargets(
  ports: AttemptPorts,
  attempt: Attempt,
  admission: Exclude<Admission, { kind: 'shut' }>,
  targets: readonly PushTarget[],
): Promise<readonly TargetResult[]> {
  return admission.kind === 'open'
    ? attemptPart(ports, attempt, admission.opening, targets)
    : probe(ports, attempt, admission, targets);
}

async function probe(
  ports: AttemptPorts,
  attempt: Attempt,
  admission: Extract<Admission, { kind: 'probe' }>,
  targets: readonly PushTarget[],
): Promise<readonly TargetResult[]> {
  const { opening } = admission;
  const results = await attemptPart(ports, attempt, opening, targets.slice(0, 1));
  if (results.some(({ requests }) => requests > 0) && !opening.signal.aborted) admission.passed();
  const others = await attemptPart(ports, attempt, opening, targets.slice(results.length));
  return [...results, ...others];
}

/** The requests of some of a job's targets, all at once; the results in the targets' order. */
async function attemptPart(
  ports: AttemptPorts,
  attempt: Attempt,
  opening: Opening,
  targets: readonly PushTarget[],
): Promise<readonly TargetResult[]> {
  if (targets.length === 0) return [];
  const { delivery, line } = attempt;
  const open = targets.map((target) => openTarget(ports, delivery, target));
  const spans = new Spans(ports.watch, delivery, targets);
  const built = build(ports, attempt, targets, open, spans);
  const placesOf = placesIn(open);
  const results: TargetResult[] = [];
  const answered: Answered[] = [];
  const isApart = line.channel.wire.originsAreApart === true;
  // One for all, so that the targets of a job that wait for a service wait together.
  const spread = isApart ? ports.machine.random() : 0;
  const attemptOne = async (push: BuiltPush): Promise<void> => {
    const places = placesOf(push);
    const span = spans.of(places);
    const service = isApart && push.kind === 'request' ? push.request.origin : null;
    const isToStranger = push.kind === 'request' && push.isToStranger === true;
    const waitMs = service === null || isToStranger ? 0 : opening.serviceWaitMs(service);
    const askedAt = isApart ? ports.machine.now() : null;
    const { outcomes, requests, requestId } =
      waitMs > 0
        ? notAsked(push, heldBack(Math.ceil(waitMs * (1 + spread))))
        : await send(ports, line, opening.signal, push);
    span.end(outcomes, requests);
    for (const [k, place] of places.entries()) {
      const [target, outcome] = [targets[place], outcomes[k]];
      if (target === undefined || outcome === undefined)
        throw new Error(`${delivery.job.vendor} lost a target of a request`);
      const result = { target, outcome, requests, requestId, traceparent: span.traceparent };
      results[place] = result;
      if (!isToStranger && waitMs === 0) answered.push({ result, service, askedAt });
    }
  };
  const [only] = built;
  // Most jobs have one target, and no other request to wait for.
  await (only !== undefined && built.length === 1 ? attemptOne(only) : Promise.all(built.map(attemptOne)));
  if (targets.some((_target, index) => results[index] === undefined))
    throw new Error(`${delivery.job.vendor} built no request for a target`);
  const renewal = heed(attempt, opening, answered);
  // What was answered stands, also where no credential can be had now: the next attempt asks for one.
  if (renewal !== null)
    await renewal.catch((error: unknown) =>
      ports.watch.renewalFailed(delivery.app, delivery.job.vendor, error),
    );
  return results;
}

/** Where the targets of a request stand among those of the part. */
function placesIn(open: readonly OpenTarget[]): (push: BuiltPush) => readonly number[] {
  const [only] = open;
  if (open.length === 1) return ({ targets }) => targets.map((target) => (target === only ? 0 : -1));
  const placeOf = new Map(open.map((target, index) => [target, index]));
  return ({ targets }) => targets.map((target) => placeOf.get(target) ?? -1);
}

/** What the vendor, or one of the services that its targets lead to, has made of a target. */
interface Answered {
  readonly result: TargetResult;
  readonly service: string | null;
  /** Null where no services are told apart. */
  readonly askedAt: Instant | null;
}

function notAsked({ targets }: BuiltPush, outcome: PushOutcome): Sent {
  return { outcomes: targets.map(() => outcome), requests: 0, requestId: null };
}

function build(
  { machine }: AttemptPorts,
  { delivery: { job }, line, credential }: Attempt,
  targets: readonly PushTarget[],
  open: readonly OpenTarget[],
  spans: Spans,
): readonly BuiltPush[] {
  return line.channel.buildRequests(job.notification, open, {
    messageId: job.messageId,
    credential,
    now: machine.now(),
    isUrgent: job.lane === 'urgent',
    traceparentOf: (index) => spans.at(index).traceparent,
    ...line.receiptsFor(job.messageId),
    requestKeyOf: (index) => requestKey(job, targets[index] as PushTarget),
    nonce: () => machine.nonce(),
  });
}

/** One span per request: it begins with the first target whose trace context is asked for. */
class Spans {
  readonly #begun: (AttemptSpan | undefined)[] = [];

  constructor(
    private readonly watch: PushWatch,
    private readonly delivery: JobDelivery,
    private readonly targets: readonly PushTarget[],
  ) {}

  at(index: number): AttemptSpan {
    const known = this.#begun[index];
    if (known !== undefined) return known;
    const { app, job, traceparent: parent } = this.delivery;
    const { vendor, messageId, attempt } = job;
    const target = this.targets[index];
    if (target === undefined) throw new Error(`${vendor} asks for the trace of a target that is not there`);
    const { user, deviceId } = target;
    const span = this.watch.begin({ app, vendor, messageId, user, deviceId, attempt, parent });
    this.#begun[index] = span;
    return span;
  }

  /** The one span of a request with these targets. */
  of(places: readonly number[]): AttemptSpan {
    const [only] = places;
    if (only !== undefined && places.length === 1) return this.at(only);
    const begun = places.filter((place) => this.#begun[place] !== undefined);
    for (const place of begun.slice(1)) this.at(place).end([], 0);
    return this.at(begun[0] ?? places[0] ?? -1);
  }
}

interface Sent {
  /** In the order of the request's targets. */
  readonly outcomes: readonly PushOutcome[];
  readonly requests: number;
  readonly requestId: string | null;
}

async function send(
  { machine }: AttemptPorts,
  { channel, sender }: VendorLine,
  signal: AbortSignal,
  push: BuiltPush,
): Promise<Sent> {
  if (push.kind === 'impossible') return notAsked(push, push.outcome);
  const { request, requestId } = push;
  const answer = await sender.send(request, signal);
  const requests = answer.kind === 'not-sent' ? 0 : 1;
  const next = channel.nextRequest(push, answer);
  if (next === null)
    return { outcomes: channel.readOutcomes(push, answer, machine.now()), requests, requestId };
  const second = await sender.send(next.request, signal);
  return {
    outcomes: next.readOutcomes(second, machine.now()),
    requests: (next.repeatsTargets ? requests : 0) + (second.kind === 'not-sent' ? 0 : 1),
    requestId,
  };
}

/**
 * A refused credential shuts the gate; an expired one is renewed before anything of the job comes again.
 * @returns what is to be waited for, if anything
 */
function heed(
  { line, credential }: Attempt,
  opening: Opening,
  answered: readonly Answered[],
): Promise<void> | null {
  const asked = answered.filter(
    ({ result: { outcome, requests } }) => requests > 0 || outcome.kind === 'deferred',
  );
  const outcomes = asked.map(({ result }) => result.outcome);
  line.pace.heed(outcomes);
  opening.heed(
    asked.map(({ result: { target, outcome }, service, askedAt }) => ({
      tokenRef: target.tokenRef,
      outcome,
      ...(service !== null && { origin: service }),
      ...(askedAt !== null && { askedAt }),
    })),
  );
  const complaints = outcomes.filter((outcome) => outcome.kind === 'deferred');
  const refused = complaints.find(({ reason }) => reason === 'credential-refused');
  if (refused !== undefined) opening.shut({ kind: 'credential', cause: refused.vendorCode });
  else if (complaints.some(({ reason }) => reason === 'credential-expired'))
    return renew(line, opening, credential);
  return null;
}

async function renew(line: VendorLine, opening: Opening, expired: Credential): Promise<void> {
  const renewed = await line.renewedCredential(expired);
  if (renewed.kind === 'refused') opening.shut({ kind: 'credential', cause: renewed.cause });
}

function openTarget({ lines }: AttemptPorts, delivery: JobDelivery, target: PushTarget): OpenTarget {
  const { app, job, isRepeat } = delivery;
  const { user, deviceId, environment, sealedToken } = target;
  const token = sealedToken === null ? null : lines.openToken(sealedToken, app, deviceId);
  // Presence was asked and seals with a key that this worker does not have yet.
  if (token === null) throw new UnavailableError('a push token is sealed with a key that is not live here');
  // A delivery before this one may have died with its answer. What was redriven has a key that nobody has used.
  const isUnsure = isRepeat || (job.repeat && job.redrive == null) || target.mayHaveArrived === true;
  return { user, deviceId, token, environment, bundle: target.bundle ?? null, mayHaveArrived: isUnsure };
}
