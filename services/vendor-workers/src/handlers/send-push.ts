import type { ClosedReason } from '@reveille/contracts/delivery/withheld-reason';
import { UnavailableError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import type { PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import { attemptedEvent } from '../domain/attempted-event.js';
import { type ClosedTarget, closedEvent } from '../domain/closed-event.js';
import { dispositionOf, joinWaiting, type TargetResult } from '../domain/disposition-of.js';
import { targetsLeft, type TargetsLeft } from '../domain/targets-left.js';
import type {
  Admission,
  Clock,
  JobDelivery,
  JobDisposition,
  PushFacts,
  PushJournal,
  PushWatch,
  VendorLine,
  VendorLines,
} from '../ports.js';
import type { BuiltPush, Credential, OpenTarget } from '../vendor.js';

export interface SendPushPorts {
  readonly facts: PushFacts;
  readonly journal: PushJournal;
  readonly lines: VendorLines;
  readonly watch: PushWatch;
  readonly clock: Clock;
  /** 0 up to but not including 1. */
  readonly random: () => number;
  /** 128 bits, base64url. */
  readonly nonce: () => string;
}

/** A job that has waited longer than this is not believed any more: presence and router are asked. */
const freshMs = 5_000;
const done: JobDisposition = { kind: 'done' };
const handBack: JobDisposition = { kind: 'handBack' };

/**
 * Handles one delivery of a push job: at most one attempt per target, then one `push-attempted` that names each target's
 * outcome, then the schedule for the unfinished, each after the PubAck of the one before. Rejects when presence, router or
 * the log cannot be reached; the job then stays as it is.
 */
export const sendPush =
  (ports: SendPushPorts) =>
  async (delivery: JobDelivery): Promise<JobDisposition> => {
    const { app, job } = delivery;
    if (job.notification.expiresAt <= ports.clock.now()) return closeAll(ports, delivery, 'expired');
    const line = ports.lines.of(app, job.vendor);
    if (line === null) return closeAll(ports, delivery, 'app-removed');
    if (line.gate.isShut) return handBack;

    const left = await whatIsLeft(ports, delivery);
    const current: JobDelivery = {
      ...delivery,
      deliveryCount: Math.max(delivery.deliveryCount, left.deliveryCount + 1),
    };
    const standing = await askAnew(ports, current, left.toSend);
    if (standing.closed.length > 0) await close(ports, current, standing.closed);
    const due = standing.open.filter(({ notBefore }) => notBefore == null || notBefore <= ports.clock.now());
    const early = standing.open.filter((target) => !due.includes(target));
    if (due.length === 0) return waitOn(ports, current, left, early);

    const admission = await line.gate.enter();
    if (admission.kind === 'shut') return handBack;
    try {
      const startedAt = ports.clock.now();
      const credential = await credentialOf(line);
      if (credential === null) return handBack;
      const results =
        'outcome' in credential
          ? due.map((target) => withoutRequest(target, credential.outcome))
          : await attemptAll(ports, current, line, admission, credential, due);
      return await record(ports, current, startedAt, left, [...results, ...early.map(notDue)]);
    } finally {
      if (admission.kind === 'probe') admission.abandon();
    }
  };

/** A repeat is held against PUSHES; anything else has all of its targets before it. */
async function whatIsLeft(
  { facts }: SendPushPorts,
  { app, job, isRepeat }: JobDelivery,
): Promise<TargetsLeft> {
  if (!isRepeat && !job.repeat) return { toSend: job.targets, toWait: [], deliveryCount: 0 };
  return targetsLeft(job, await facts.history(app, job));
}

interface Standing {
  readonly open: readonly PushTarget[];
  readonly closed: readonly ClosedTarget[];
}

/** Targets with their present tokens, without those that logged out, unregistered, or need no push any more. */
async function askAnew(
  { facts, lines, clock }: SendPushPorts,
  { app, job, isRepeat, storedAt }: JobDelivery,
  targets: readonly PushTarget[],
): Promise<Standing> {
  const isBelieved =
    !isRepeat &&
    !job.repeat &&
    job.attempt === 1 &&
    clock.now() - storedAt <= freshMs &&
    targets.every(({ sealedToken }) => sealedToken !== null && lines.isSealedNow(sealedToken));
  if (isBelieved || targets.length === 0) return { open: targets, closed: [] };
  const kind =
    job.notification.strategy === 'voip' && vendorWords[job.vendor].hasCallToken ? 'voip' : 'alert';
  const [bindings, verdicts] = await Promise.all([
    facts.bindings(app, job.vendor, kind, targets),
    facts.standing(app, job.messageId, targets),
  ]);
  const open: PushTarget[] = [];
  const closed: ClosedTarget[] = [];
  for (const [index, target] of targets.entries()) {
    const binding = bindings[index];
    const over = verdicts[index];
    if (binding === undefined || over === undefined)
      throw new UnavailableError('an answer about push targets is too short');
    if (over !== null) closed.push({ target, reason: over });
    else if (binding.state === 'gone') closed.push({ target, reason: binding.reason });
    else {
      const { state: _state, ...now } = binding;
      open.push({ ...target, ...now });
    }
  }
  return { open, closed };
}

/** The credential; or what its absence means for every target; or null when it is refused and the gate is shut. */
async function credentialOf(
  line: VendorLine,
): Promise<Credential | { readonly outcome: PushOutcome } | null> {
  const state = await line.credential();
  if (state.kind === 'ready') return state.credential;
  if (state.kind === 'unavailable') {
    return {
      outcome: {
        kind: 'deferred',
        reason: 'vendor-unavailable',
        vendorCode: state.cause,
        retryAfterMs: state.retryAfterMs,
      },
    };
  }
  line.gate.shut(state.cause);
  return null;
}

/** Every target once. A probe is the first target's request: it goes alone, and the others wait for what becomes of it. */
async function attemptAll(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  admission: Exclude<Admission, { kind: 'shut' }>,
  credential: Credential,
  targets: readonly PushTarget[],
): Promise<readonly TargetResult[]> {
  const attempt = (part: readonly PushTarget[]): Promise<readonly TargetResult[]> =>
    attemptPart(ports, delivery, line, admission.signal, credential, part);
  const results: TargetResult[] = [];
  if (admission.kind === 'probe') {
    results.push(...(await attempt(targets.slice(0, 1))));
    await heedCredential(line, credential, results);
    if (results.some(({ requests }) => requests > 0) && !line.gate.isShut) admission.passed();
  }
  const rest = await attempt(targets.slice(results.length));
  await heedCredential(line, credential, rest);
  return [...results, ...rest];
}

/** The requests of some of a job's targets, all at once; the results in the targets' order. */
async function attemptPart(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  signal: AbortSignal,
  credential: Credential,
  targets: readonly PushTarget[],
): Promise<readonly TargetResult[]> {
  if (targets.length === 0) return [];
  const { app, job, traceparent: parent } = delivery;
  const { messageId, attempt } = job;
  const open = targets.map((target) => openTarget(ports, delivery, target));
  const spans = targets.map(({ user, deviceId }) =>
    ports.watch.begin({ app, vendor: job.vendor, messageId, user, deviceId, attempt, parent }),
  );
  const built = line.channel.buildRequests(job.notification, open, {
    messageId,
    credential,
    now: ports.clock.now(),
    isUrgent: job.lane === 'urgent',
    traceparentOf: (index) => spans[index]?.traceparent ?? null,
    ...line.receiptsFor(messageId),
    nonce: ports.nonce,
  });
  const placeOf = new Map(open.map((target, index) => [target, index]));
  const results: TargetResult[] = [];
  await Promise.all(
    built.map(async (push) => {
      const { outcomes, requests, requestId } = await attemptOne(ports, line, signal, push);
      for (const [k, target] of push.targets.entries()) {
        const index = placeOf.get(target);
        const outcome = outcomes[k];
        if (index === undefined || outcome === undefined)
          throw new Error(`${job.vendor} lost a target of a request`);
        const span = spans[index];
        span?.end(outcome);
        const traceparent = span?.traceparent ?? null;
        results[index] = { target: targets[index] as PushTarget, outcome, requests, requestId, traceparent };
      }
    }),
  );
  const missing = targets.findIndex((_target, index) => results[index] === undefined);
  if (missing !== -1) throw new Error(`${job.vendor} built no request for a target`);
  return results;
}

interface Attempt {
  /** In the order of the request's targets. */
  readonly outcomes: readonly PushOutcome[];
  readonly requests: number;
  readonly requestId: string | null;
}

async function attemptOne(
  { clock }: SendPushPorts,
  { channel, sender }: VendorLine,
  signal: AbortSignal,
  push: BuiltPush,
): Promise<Attempt> {
  if (push.kind === 'impossible')
    return { outcomes: push.targets.map(() => push.outcome), requests: 0, requestId: null };
  const { request, requestId } = push;
  const answer = await sender.send(request, signal);
  const requests = answer.kind === 'not-sent' ? 0 : 1;
  const next = channel.nextRequest(push, answer);
  if (next === null)
    return { outcomes: channel.readOutcomes(push, answer, clock.now()), requests, requestId };
  const second = await sender.send(next.request, signal);
  return {
    outcomes: next.readOutcomes(second, clock.now()),
    requests: (next.repeatsTargets ? requests : 0) + (second.kind === 'not-sent' ? 0 : 1),
    requestId,
  };
}

/** A refused credential shuts the gate; an expired one is renewed before anything of the job comes again. */
async function heedCredential(
  line: VendorLine,
  credential: Credential,
  results: readonly TargetResult[],
): Promise<void> {
  const says = (reason: string) =>
    results.find(({ outcome }) => outcome.kind === 'deferred' && outcome.reason === reason)?.outcome;
  const refused = says('credential-refused');
  if (refused !== undefined && 'vendorCode' in refused) return line.gate.shut(refused.vendorCode);
  if (says('credential-expired') === undefined) return;
  const renewed = await line.renewedCredential(credential);
  if (renewed.kind === 'refused') line.gate.shut(renewed.cause);
}

function openTarget({ lines }: SendPushPorts, { app }: JobDelivery, target: PushTarget): OpenTarget {
  const { user, deviceId, environment, sealedToken } = target;
  const token = sealedToken === null ? null : lines.openToken(sealedToken, app, deviceId);
  // Presence was asked and seals with a key that this worker does not have yet.
  if (token === null) throw new UnavailableError('a push token is sealed with a key that is not live here');
  return { user, deviceId, token, environment, bundle: target.bundle ?? null };
}

const withoutRequest = (target: PushTarget, outcome: PushOutcome): TargetResult => ({
  target,
  outcome,
  requests: 0,
  requestId: null,
  traceparent: null,
});
const notDue = (target: PushTarget): TargetResult =>
  withoutRequest(target, {
    kind: 'deferred',
    reason: 'throttled',
    vendorCode: 'not-due',
    retryAfterMs: null,
  });

/** The outcome, then the schedule, each after the PubAck before it; then the caller acknowledges. */
async function record(
  ports: SendPushPorts,
  delivery: JobDelivery,
  startedAt: Instant,
  left: TargetsLeft,
  results: readonly TargetResult[],
): Promise<JobDisposition> {
  const { journal, watch } = ports;
  const { job, deliveryCount, isRepeat } = delivery;
  const answeredAt = ports.clock.now();
  const disposition = dispositionOf(job, results, answeredAt, ports.random());
  const event = attemptedEvent(job, results, disposition, { startedAt, answeredAt, deliveryCount, isRepeat });
  const waiting = joinWaiting(job, disposition.later, left.toWait);
  watch.checkpoint('worker.after-answer');
  if (event !== null) await journal.attempted(delivery, event);
  watch.checkpoint('worker.after-outcome');
  if (waiting !== null) await journal.later(delivery, waiting.job, waiting.at);
  watch.checkpoint('worker.after-schedule');
  if (disposition.isHandedBack) return handBack;
  const codes = disposition.unclassified;
  return codes.length === 0 ? done : { kind: 'park', because: `unclassified answer: ${codes.join(', ')}` };
}

/** Nothing is due: everything that is unfinished waits on. */
function waitOn(
  ports: SendPushPorts,
  delivery: JobDelivery,
  left: TargetsLeft,
  early: readonly PushTarget[],
): Promise<JobDisposition> {
  if (early.length === 0 && left.toWait.length === 0) return Promise.resolve(done);
  return record(ports, delivery, ports.clock.now(), left, early.map(notDue));
}

/** All targets that nothing final is known of. */
async function closeAll(
  ports: SendPushPorts,
  delivery: JobDelivery,
  reason: ClosedReason,
): Promise<JobDisposition> {
  const left = await whatIsLeft(ports, delivery);
  const closed = [...left.toSend, ...left.toWait].map((target) => ({ target, reason }));
  if (closed.length > 0) await close(ports, delivery, closed);
  return done;
}

async function close(
  { journal, watch, clock }: SendPushPorts,
  delivery: JobDelivery,
  closed: readonly ClosedTarget[],
): Promise<void> {
  const { app, job } = delivery;
  await journal.closed(delivery, closedEvent(job, closed, { ...delivery, closedAt: clock.now() }));
  for (const { reason } of closed) watch.closed(app, job.vendor, reason, 1);
}
