import { UnavailableError } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import type { WithdrawalJob, WithdrawalOutcome, WithdrawalTarget } from '@reveille/contracts/push/withdrawal';
import { nextAttempt } from '../domain/backoff.js';
import { shownTargets } from '../domain/shown-targets.js';
import { withdrawalsLeft } from '../domain/withdrawals-left.js';
import type {
  Admission,
  JobDisposition,
  Machine,
  PastQuestion,
  PushFacts,
  PushRecord,
  VendorLine,
  WithdrawalDelivery,
  WithdrawalJournal,
} from '../ports.js';
import {
  attemptWithdrawal,
  type AttemptWithdrawalPorts,
  type WithdrawalResult,
} from '../protocol/attempt-withdrawal.js';

export interface WithdrawPushPorts extends AttemptWithdrawalPorts {
  readonly facts: Pick<PushFacts, 'bindings' | 'past'>;
  readonly journal: WithdrawalJournal;
  readonly machine: Pick<Machine, 'now' | 'random'>;
}

const done: JobDisposition = { kind: 'done' };
const handBack: JobDisposition = { kind: 'handBack' };
type Waiting = WithdrawalTarget & { readonly notBefore: Instant };

/**
 * Handles one delivery of a withdrawal: what the push job has shown is asked back once per target, and what it may still show is
 * waited for, since a withdrawal that overtakes its push does nothing. Then one `push-withdrawn`, then the schedule for the
 * unfinished, each after the PubAck of the one before. To ask twice does no harm, so a delivery that died is simply done again.
 * Rejects when presence or the log cannot be reached.
 */
export const withdrawPush =
  (ports: WithdrawPushPorts) =>
  async (delivery: WithdrawalDelivery): Promise<JobDisposition> => {
    const { lines, facts, machine } = ports;
    const { app, job } = delivery;
    const line = lines.of(app, job.vendor);
    const [own, pushes] = await Promise.all([facts.past(app, ownPast(job)), facts.past(app, pushPast(job))]);
    const left = withdrawalsLeft(job, own);
    const known = shownTargets(left.toAsk, pushes);
    // Nothing is sent any more: there is nothing to wait for, and to ask once for what may not be there does no harm.
    const isPast = (lastWordAt(job) ?? Infinity) <= machine.now();
    const shown = isPast ? [...known.shown, ...known.open] : known.shown;
    const open = isPast ? [] : known.open;
    const current = { ...delivery, deliveryCount: Math.max(delivery.deliveryCount, left.deliveryCount + 1) };
    const startedAt = machine.now();
    const give = (reason: 'expired' | 'app-removed') => {
      const results = [...shown, ...open, ...left.toWait].map(impossible(reason));
      return record(ports, current, { startedAt, results, waiting: [] });
    };
    if (job.expiresAt <= startedAt) return give('expired');
    if (line === null) return give('app-removed');
    const early = shown.filter((target) => isEarly(target, startedAt));
    const due = shown.filter((target) => !isEarly(target, startedAt));
    const attempted = due.length === 0 ? nothing : await attempt(ports, current, line, due);
    if (attempted === null) return handBack;
    const { results, held } = attempted;
    const again = [...open, ...held].map(soon(ports, current));
    return record(ports, current, {
      ...{ startedAt, results, line },
      waiting: [...left.toWait, ...early.filter(hasTime), ...again],
    });
  };

/** A push that was on the wire when its time ended is told of by then. */
const lateMs = 300_000;
const lastWordAt = ({ pushExpiresAt }: WithdrawalJob): Instant | null =>
  pushExpiresAt === null ? null : pushExpiresAt + lateMs;

const ownPast = ({ vendor, partition, jobId, revokedAt, settledAt }: WithdrawalJob): PastQuestion => ({
  ...{ vendor, partition, jobId, since: revokedAt ?? settledAt, until: null },
  isEnough: () => false,
});
const pushPast = (job: WithdrawalJob): PastQuestion => {
  const { vendor, partition, pushJobId: jobId, settledAt: since, targets } = job;
  const until = lastWordAt(job);
  // What was shown stays so, whatever is said of it later.
  const isEnough = (records: readonly PushRecord[]): boolean =>
    shownTargets(targets, records).shown.length === targets.length;
  return { vendor, partition, jobId, since, until, isEnough };
};

const isEarly = ({ notBefore }: WithdrawalTarget, now: Instant): boolean =>
  notBefore != null && notBefore > now;
const hasTime = (target: WithdrawalTarget): target is Waiting => target.notBefore != null;

const impossible =
  (reason: Extract<WithdrawalOutcome, { kind: 'impossible' }>['reason']) =>
  (target: WithdrawalTarget): WithdrawalResult => ({
    target,
    outcome: { kind: 'impossible', reason },
    requests: 0,
  });

/** The push has no end yet, or nobody knows how its line is: it is looked at again, less and less often. */
const soon =
  ({ machine }: WithdrawPushPorts, { job }: WithdrawalDelivery) =>
  (target: WithdrawalTarget): Waiting => {
    const now = machine.now();
    const wait = { kind: 'deferred', reason: 'throttled', vendorCode: '', retryAfterMs: null } as const;
    return { ...target, notBefore: nextAttempt(wait, job.backoffStep, now, 0.5, now).notBefore };
  };

interface Attempted {
  readonly results: readonly WithdrawalResult[];
  /** Nothing was asked for them: the line waits for a push that probes it, which a withdrawal cannot do. */
  readonly held: readonly WithdrawalTarget[];
}
const nothing: Attempted = { results: [], held: [] };

/** What became of the targets that are due; null while the gate is shut. */
async function attempt(
  ports: WithdrawPushPorts,
  delivery: WithdrawalDelivery,
  line: VendorLine,
  due: readonly WithdrawalTarget[],
): Promise<Attempted | null> {
  if (line.channel.withdrawal == null) return { results: due.map(impossible('unsupported')), held: [] };
  if (line.gate.isShut) return null;
  const { app, job } = delivery;
  const bindings = await ports.facts.bindings(app, job.vendor, 'alert', due);
  const asked = due.map((target, index) => {
    const binding = bindings[index];
    if (binding === undefined) throw new UnavailableError('an answer about push targets is too short');
    return { target, binding };
  });
  const gone = asked.flatMap(({ target, binding }) =>
    binding.state === 'gone' ? [impossible(binding.reason)(target)] : [],
  );
  const bound = asked.flatMap(({ target, binding }) =>
    binding.state === 'bound' ? [{ target, binding }] : [],
  );
  if (bound.length === 0) return { results: gone, held: [] };
  const turn = await line.pace.take(bound.length, job.lane);
  if (turn === null) return null;
  let sent = 0;
  let admission: Admission | null = null;
  try {
    admission = await line.gate.enter();
    if (admission.kind === 'shut') return null;
    if (admission.kind === 'probe') return { results: gone, held: bound.map(({ target }) => target) };
    const results = await attemptWithdrawal(ports, { delivery, line, opening: admission.opening }, bound);
    if (results === null) return null;
    sent = results.filter(({ requests }) => requests > 0).length;
    return { results: [...gone, ...results], held: [] };
  } finally {
    if (admission?.kind === 'probe') admission.abandon();
    turn.end(sent);
  }
}

interface Ended {
  readonly startedAt: Instant;
  readonly results: readonly WithdrawalResult[];
  readonly waiting: readonly Waiting[];
  readonly line?: VendorLine;
}

/** The outcome, then the schedule, each after the PubAck before it; then the caller acknowledges. */
async function record(
  { journal, machine }: WithdrawPushPorts,
  delivery: WithdrawalDelivery,
  { startedAt, results, waiting, line }: Ended,
): Promise<JobDisposition> {
  const { job, deliveryCount } = delivery;
  const { jobId, pushJobId, messageId, vendor, because } = job;
  const answeredAt = machine.now();
  const quotaRenewsAt = line?.allowances.renewsAt(startedAt) ?? answeredAt;
  const random = machine.random();
  const nexts = results.map(({ outcome }) =>
    outcome.kind === 'deferred'
      ? nextAttempt(outcome, job.backoffStep, answeredAt, random, quotaRenewsAt)
      : null,
  );
  if (results.length > 0)
    await journal.withdrawn(delivery, {
      ...{ jobId, pushJobId, messageId, vendor, because },
      ...{ attempt: job.attempt, deliveryCount, startedAt, answeredAt },
      outcomes: results.map(({ target: { user, deviceId, tokenRef }, outcome, requests }, index) => {
        const notBefore = nexts[index]?.notBefore ?? null;
        return { user, deviceId, tokenRef, outcome, requests, notBefore };
      }),
    });
  const targets = [
    ...waiting,
    ...results.flatMap(({ target }, index) => {
      const next = nexts[index];
      return next == null ? [] : [{ ...target, notBefore: next.notBefore }];
    }),
  ];
  if (targets.length === 0) return done;
  const at = Math.min(job.expiresAt, ...targets.map(({ notBefore }) => notBefore));
  const backoffStep = Math.max(job.backoffStep + 1, ...nexts.map((next) => next?.backoffStep ?? 0));
  await journal.later(delivery, { ...job, attempt: job.attempt + 1, backoffStep, targets }, at);
  return done;
}
