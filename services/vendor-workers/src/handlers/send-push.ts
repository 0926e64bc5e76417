import type { ClosedReason } from '@reveille/contracts/delivery/withheld-reason';
import { UnavailableError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import type { PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { vendorWords } from '@reveille/contracts/vendors/catalog';
import { attemptedEvent } from '../domain/attempted-event.js';
import { type ClosedTarget, closedEvent } from '../domain/closed-event.js';
import {
  dispositionOf,
  joinWaiting,
  notDue,
  type TargetResult,
  type WaitingJob,
  withoutRequest,
} from '../domain/disposition-of.js';
import { targetsLeft, type TargetsLeft } from '../domain/targets-left.js';
import type {
  Admission,
  CredentialState,
  JobDelivery,
  JobDisposition,
  Opening,
  PaceTurn,
  PushFacts,
  PushJournal,
  PushRecord,
  Soon,
  VendorLine,
} from '../ports.js';
import { type AttemptPorts, attemptTargets } from '../protocol/attempt-targets.js';
import { movedWait } from '../protocol/moved-wait.js';
import { movedTo } from '../protocol/quota.js';
import type { Credential } from '../vendor.js';

export interface SendPushPorts extends AttemptPorts {
  readonly facts: Omit<PushFacts, 'past'>;
  readonly journal: PushJournal;
}

/** A job that has waited longer than this is not believed any more: presence and router are asked. */
const freshMs = 5_000;
const done: JobDisposition = { kind: 'done' };
const handBack: JobDisposition = { kind: 'handBack' };

/**
 * Handles one delivery of a push job: when its turn has come at most one attempt per target, then one `push-attempted` that names
 * each target's outcome, then the schedule for the unfinished, each after the PubAck of the one before. Rejects when presence,
 * router or the log cannot be reached; the job then stays as it is.
 */
export const sendPush =
  (ports: SendPushPorts) =>
  async (delivery: JobDelivery): Promise<JobDisposition> => {
    const { app, job } = delivery;
    if (isExpired(ports, delivery)) return closeAll(ports, delivery, 'expired');
    const line = ports.lines.of(app, job.vendor);
    if (line === null) return closeAll(ports, delivery, 'app-removed');
    if (line.gate.isShut) return handBack;
    const asked = line.pace.take(job.targets.length, job.lane);
    const turn = asked instanceof Promise ? await asked : asked;
    if (turn === null) return handBack;
    const paced = new Paced(turn);
    try {
      // It may have waited for long.
      if (isExpired(ports, delivery)) return await closeAll(ports, delivery, 'expired');
      return await inTurn(ports, delivery, line, paced);
    } finally {
      paced.end();
    }
  };

/** A turn that ends once, with what was asked of the vendor by then. */
class Paced {
  #asked = 0;

  constructor(private readonly turn: PaceTurn) {}

  ask(results: readonly TargetResult[]): void {
    this.#asked += results.filter(({ requests }) => requests > 0).length;
  }
  end(): void {
    this.turn.end(this.#asked);
  }
}

async function inTurn(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  paced: Paced,
): Promise<JobDisposition> {
  const known = whatIsLeft(ports, delivery, line);
  const left = known instanceof Promise ? await known : known;
  const current: JobDelivery =
    left.deliveryCount < delivery.deliveryCount
      ? delivery
      : { ...delivery, deliveryCount: left.deliveryCount + 1 };
  const standing = isBelieved(ports, current, left.toSend)
    ? { open: left.toSend, closed: [] }
    : await askAnew(ports, current, left.toSend);
  if (standing.closed.length > 0) await close(ports, current, standing.closed);
  const now = ports.machine.now();
  const isDue = ({ notBefore }: PushTarget): boolean => notBefore == null || notBefore <= now;
  const due = standing.open.filter(isDue);
  const early = due.length === standing.open.length ? [] : standing.open.filter((target) => !isDue(target));
  if (due.length === 0) return waitOn(ports, current, line, left, early);

  const entry = line.gate.enter();
  const admission = entry instanceof Promise ? await entry : entry;
  if (admission.kind === 'shut') return handBack;
  try {
    const startedAt = ports.machine.now();
    const results = await attemptAll(ports, current, line, admission, due);
    if (results === null) return handBack;
    paced.ask(results);
    return await record(ports, current, line, startedAt, left, [...results, ...early.map(notDue)]);
  } finally {
    if (admission.kind === 'probe') admission.abandon();
  }
}

/** What became of the targets that are due; null when the credential is refused and nothing was done. */
async function attemptAll(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  admission: Exclude<Admission, { kind: 'shut' }>,
  due: readonly PushTarget[],
): Promise<readonly TargetResult[] | null> {
  const held = line.credential();
  const credential = credentialIn(line, admission.opening, held instanceof Promise ? await held : held);
  if (credential === null) return null;
  if ('outcome' in credential) {
    admission.opening.heed([{ tokenRef: null, outcome: credential.outcome }]);
    return due.map((target) => withoutRequest(target, credential.outcome));
  }
  const attempt = { delivery, line, credential };
  const quota = line.channel.quotaOf(delivery.job.notification);
  if (quota === null) return attemptTargets(ports, attempt, admission, due);
  const { spent, settle } = await line.allowances.take(quota, due);
  const allowed = due.filter((_target, index) => spent[index] === null);
  const refused = due.flatMap((target, index) => {
    const word = spent[index];
    return typeof word === 'string' ? [withoutRequest(target, quotaSpent(word))] : [];
  });
  const results = await attemptTargets(ports, attempt, admission, allowed).catch((error: unknown) => {
    // Nothing is known to have gone out, and the job comes again: what was taken for it is given back.
    settle(allowed.map((target) => withoutRequest(target, notAttempted)));
    throw error;
  });
  settle(results);
  return [...results, ...refused];
}

const notAttempted: PushOutcome = {
  kind: 'deferred',
  reason: 'not-sent',
  vendorCode: 'not attempted',
  retryAfterMs: null,
};

const quotaSpent = (vendorCode: string): PushOutcome => ({
  kind: 'deferred',
  reason: 'quota-spent',
  vendorCode,
  retryAfterMs: null,
});

function isExpired({ machine }: SendPushPorts, { job }: JobDelivery): boolean {
  return job.notification.expiresAt <= machine.now();
}

/** A repeat is held against PUSHES; anything else has all of its targets before it. */
function whatIsLeft(
  { facts, machine }: SendPushPorts,
  { app, job, isRepeat }: JobDelivery,
  line: VendorLine | null,
): Soon<TargetsLeft> {
  if (!isRepeat && !job.repeat) return { toSend: job.targets, toWait: [], deliveryCount: 0 };
  return facts.history(app, job).then((told) => {
    const records = line === null ? told : told.map((record) => asOfNow(record, line, machine.random()));
    return targetsLeft(job, records);
  });
}

/** What PUSHES says of a quota's renewal may be older than the app's settings. */
function asOfNow(record: PushRecord, { allowances }: VendorLine, random: number): PushRecord {
  const renewsAt = allowances.renewsAt(record.startedAt);
  const targets = record.targets.map((target) =>
    target.waitsForQuota && target.notBefore !== null
      ? { ...target, notBefore: movedTo(target.notBefore, renewsAt, random) }
      : target,
  );
  return { ...record, targets };
}

interface Standing {
  readonly open: readonly PushTarget[];
  readonly closed: readonly ClosedTarget[];
}

/** Nobody needs to be asked: it is young, and nothing says that it may have been sent. */
function isBelieved(
  { lines, machine }: SendPushPorts,
  { job, isRepeat, storedAt }: JobDelivery,
  targets: readonly PushTarget[],
): boolean {
  const isFresh = !isRepeat && !job.repeat && job.attempt === 1 && machine.now() - storedAt <= freshMs;
  return (
    targets.length === 0 ||
    (isFresh && targets.every(({ sealedToken }) => sealedToken !== null && lines.isSealedNow(sealedToken)))
  );
}

/** Targets with their present tokens, without those that logged out, unregistered, or need no push any more. */
async function askAnew(
  { facts }: SendPushPorts,
  { app, job }: JobDelivery,
  targets: readonly PushTarget[],
): Promise<Standing> {
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
function credentialIn(
  line: VendorLine,
  opening: Opening,
  state: CredentialState,
): Credential | { readonly outcome: PushOutcome } | null {
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
  opening.shut({ kind: 'credential', cause: state.cause });
  return null;
}

/** The outcome, then the schedule, each after the PubAck before it; then the caller acknowledges. */
async function record(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  startedAt: Instant,
  left: TargetsLeft,
  results: readonly TargetResult[],
): Promise<JobDisposition> {
  const { journal, watch, machine } = ports;
  const { job, deliveryCount, isRepeat } = delivery;
  const answeredAt = machine.now();
  // Of the day in which it was asked: the turn may have come before the answer.
  const quotaRenewsAt = line.allowances.renewsAt(startedAt);
  const disposition = dispositionOf(job, results, {
    now: answeredAt,
    random: machine.random(),
    quotaRenewsAt,
  });
  const event = attemptedEvent(job, results, disposition, { startedAt, answeredAt, deliveryCount, isRepeat });
  const waiting = joinWaiting(job, disposition.later, left.toWait);
  watch.checkpoint('worker.after-answer');
  if (event !== null) await journal.attempted(delivery, event);
  watch.checkpoint('worker.after-outcome');
  if (disposition.closed.length > 0) await close(ports, delivery, disposition.closed);
  if (waiting !== null) await waitFor(ports, delivery, line, waiting, startedAt, quotaRenewsAt);
  watch.checkpoint('worker.after-schedule');
  if (disposition.isHandedBack) return handBack;
  const codes = disposition.unclassified;
  return codes.length === 0 ? done : { kind: 'park', because: `unclassified answer: ${codes.join(', ')}` };
}

/** Publishes the wait. Whoever looks through what waits when the day's turn is changed may have missed it: then it moves at once. */
async function waitFor(
  { journal, machine }: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  waiting: WaitingJob,
  startedAt: Instant,
  knownRenewsAt: Instant,
): Promise<void> {
  const position = await journal.later(delivery, waiting.job, waiting.at);
  const renewsAt = line.allowances.renewsAt(startedAt);
  const moved = renewsAt === knownRenewsAt ? null : movedWait(waiting, renewsAt, machine.random());
  if (moved !== null) await journal.moved(delivery, moved.job, moved.at, position);
}

/** Nothing is due: everything that is unfinished waits on. */
function waitOn(
  ports: SendPushPorts,
  delivery: JobDelivery,
  line: VendorLine,
  left: TargetsLeft,
  early: readonly PushTarget[],
): Promise<JobDisposition> {
  if (early.length === 0 && left.toWait.length === 0) return Promise.resolve(done);
  return record(ports, delivery, line, ports.machine.now(), left, early.map(notDue));
}

/** All targets that nothing final is known of. */
async function closeAll(
  ports: SendPushPorts,
  delivery: JobDelivery,
  reason: ClosedReason,
): Promise<JobDisposition> {
  const left = await whatIsLeft(ports, delivery, null);
  const closed = [...left.toSend, ...left.toWait].map((target) => ({ target, reason }));
  if (closed.length > 0) await close(ports, delivery, closed);
  return done;
}

async function close(
  { journal, watch, machine }: SendPushPorts,
  delivery: JobDelivery,
  closed: readonly ClosedTarget[],
): Promise<void> {
  const { app, job } = delivery;
  await journal.closed(delivery, closedEvent(job, closed, { ...delivery, closedAt: machine.now() }));
  for (const { reason } of closed) watch.closed(app, job.vendor, reason, 1);
}
