import type { Instant } from '@reveille/contracts/ids';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { nextAttempt } from './backoff.js';
import type { ClosedTarget } from './closed-event.js';
import { afterRequest, requestFate } from './request-key.js';
import { type WaitingTarget, waitingTarget } from './waiting-target.js';

/** What one delivery of a job led to for one target. */
export interface TargetResult {
  readonly target: PushTarget;
  readonly outcome: PushOutcome;
  /** Requests that may have reached the vendor. */
  readonly requests: number;
  readonly requestId: string | null;
  readonly traceparent: string | null;
}

/** A target that nothing was asked of the vendor for. */
export const withoutRequest = (target: PushTarget, outcome: PushOutcome): TargetResult => ({
  target,
  outcome,
  requests: 0,
  requestId: null,
  traceparent: null,
});
/** A target whose time has not come. */
export const notDue = (target: PushTarget): TargetResult =>
  withoutRequest(target, {
    kind: 'deferred',
    reason: 'throttled',
    vendorCode: 'not-due',
    retryAfterMs: null,
  });
/** Nothing is asked of a service that is out: its targets come again when its turn has come. */
export const heldBack = (retryAfterMs: number): PushOutcome => ({
  kind: 'deferred',
  reason: 'vendor-unavailable',
  vendorCode: serviceOut,
  retryAfterMs,
});
const serviceOut = 'service out';

export interface AttemptDisposition {
  /** When each result's target is tried again, in the order of the results; null = final, or handed back. */
  readonly notBefores: readonly (Instant | null)[];
  /** The job that waits for the unfinished, and until when; null when there is nothing to wait for. */
  readonly later: WaitingJob | null;
  /** What is unfinished comes again with the same job: only the app's credential stands in its way. */
  readonly isHandedBack: boolean;
  /** Raw codes that the outcome table does not know. */
  readonly unclassified: readonly string[];
  /** Targets whose quota renews only when their push is worthless: they do not wait for that. */
  readonly closed: readonly ClosedTarget[];
}

/** What the world says at the end of an attempt. */
export interface AttemptEnd {
  readonly now: Instant;
  /** 0 up to but not including 1, one for the whole job, so that targets which back off stay together. */
  readonly random: number;
  /** When the quotas of this day renew. */
  readonly quotaRenewsAt: Instant;
}

/**
 * What becomes of the job after its attempt. A refused credential, and requests that were withdrawn because of it, cost no
 * attempt: the job is handed back. Where other targets wait too, all unfinished ones wait together, since a job cannot both
 * wait and be handed back.
 */
export function dispositionOf(
  job: PushJob,
  results: readonly TargetResult[],
  { now, random, quotaRenewsAt }: AttemptEnd,
): AttemptDisposition {
  const unclassified = results.flatMap(({ outcome }) =>
    outcome.kind === 'rejected' && outcome.reason === 'unclassified' ? [outcome.vendorCode] : [],
  );
  const { expiresAt } = job.notification;
  const unfinished = results.filter(({ outcome }) => outcome.kind === 'deferred');
  const isHandedBack = unfinished.length > 0 && unfinished.every(isHalted);
  if (unfinished.length === 0 || isHandedBack)
    return { notBefores: results.map(() => null), later: null, isHandedBack, unclassified, closed: [] };
  const nexts = results.map(({ target, outcome, requests }) => {
    if (outcome.kind !== 'deferred') return null;
    // Not due yet: it keeps the time that it waited for.
    if (target.notBefore != null && target.notBefore > now)
      return {
        notBefore: target.notBefore,
        backoffStep: job.backoffStep,
        waitsForQuota: target.waitsForQuota === true,
      };
    const next = nextAttempt(outcome, job.backoffStep, now, random, quotaRenewsAt);
    // Nothing has failed anew.
    if (isHeldBack(outcome, requests)) return { ...next, backoffStep: job.backoffStep, waitsForQuota: false };
    const waitsForQuota = isSpent(outcome) && outcome.retryAfterMs === null;
    return isSpent(outcome) && next.notBefore >= expiresAt ? null : { ...next, waitsForQuota };
  });
  const closed = results.flatMap(({ target, outcome }, index) =>
    outcome.kind === 'deferred' && nexts[index] === null ? [{ target, reason: 'quota' as const }] : [],
  );
  const targets = results.flatMap(({ target, outcome, requests }, index) => {
    const next = nexts[index];
    if (next == null) return [];
    const reason = outcome.kind === 'deferred' ? outcome.reason : null;
    return [waitingTarget(afterRequest(target, requestFate(reason, requests)), next)];
  });
  const backoffStep = nexts.reduce((step, next) => Math.max(step, next?.backoffStep ?? 0), job.backoffStep);
  return {
    notBefores: nexts.map((next) => next?.notBefore ?? null),
    later: targets.length === 0 ? null : waitingJob({ ...job, backoffStep }, targets),
    isHandedBack: false,
    unclassified,
    closed,
  };
}

export interface WaitingJob {
  readonly job: PushJob;
  readonly at: Instant;
}

/** One schedule per attempt: targets whose schedule may have died with an earlier delivery join the new one. */
export function joinWaiting(
  job: PushJob,
  later: WaitingJob | null,
  toWait: readonly WaitingTarget[],
): WaitingJob | null {
  if (toWait.length === 0) return later;
  if (later === null) return asRepeat(waitingJob(job, toWait));
  const fresh = later.job.targets.map((target) => ({ ...target, notBefore: target.notBefore ?? later.at }));
  return asRepeat(waitingJob({ ...job, backoffStep: later.job.backoffStep }, [...fresh, ...toWait]));
}

/** The schedule of the delivery before may stand after all: then whichever comes second finds in PUSHES what the first has done. */
const asRepeat = ({ job, at }: WaitingJob): WaitingJob => ({ job: { ...job, repeat: true }, at });

/** The job with only these targets, one attempt on; at the latest it comes back to be closed when its time to live ends. */
function waitingJob(job: PushJob, targets: readonly WaitingTarget[]): WaitingJob {
  const at = Math.min(job.notification.expiresAt, ...targets.map(({ notBefore }) => notBefore));
  return { job: { ...job, attempt: job.attempt + 1, repeat: false, targets: [...targets] }, at };
}

function isSpent(outcome: PushOutcome): boolean {
  return outcome.kind === 'deferred' && outcome.reason === 'quota-spent';
}

/** Whoever was not asked has said nothing: the word is ours. */
function isHeldBack(outcome: PushOutcome, requests: number): boolean {
  return outcome.kind === 'deferred' && requests === 0 && outcome.vendorCode === serviceOut;
}

function isHalted({ outcome }: TargetResult): boolean {
  return (
    outcome.kind === 'deferred' &&
    (outcome.reason === 'credential-refused' || isWithdrawn(outcome.vendorCode))
  );
}

/** The sender's word for a request that was withdrawn before it was written. */
function isWithdrawn(vendorCode: string): boolean {
  return vendorCode === 'withdrawn';
}
