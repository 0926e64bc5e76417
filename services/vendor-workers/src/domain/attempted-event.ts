import type { Instant } from '@reveille/contracts/ids';
import type { PushAttempted } from '@reveille/contracts/push/events';
import type { PushJob } from '@reveille/contracts/push/job';
import type { AttemptDisposition, TargetResult } from './disposition-of.js';

export interface AttemptTimes {
  readonly startedAt: Instant;
  readonly answeredAt: Instant;
  readonly deliveryCount: number;
  readonly isRepeat: boolean;
}

/**
 * What one delivery of a job is told as; null when nothing happened. Of a job that is handed back only what reached the
 * vendor, or is final, is told: the rest comes again as if it had not been touched.
 */
export function attemptedEvent(
  job: PushJob,
  results: readonly TargetResult[],
  { notBefores, isHandedBack }: AttemptDisposition,
  { startedAt, answeredAt, deliveryCount, isRepeat }: AttemptTimes,
): PushAttempted | null {
  const { jobId, messageId, vendor, lane, attempt } = job;
  const outcomes = results.flatMap(({ target, ...result }, index) => {
    if (isHandedBack && result.requests === 0 && result.outcome.kind === 'deferred') return [];
    const { user, deviceId, tokenRef } = target;
    return [{ user, deviceId, tokenRef, ...result, notBefore: notBefores[index] ?? null }];
  });
  if (outcomes.length === 0) return null;
  const repeat = isRepeat || job.repeat;
  return { jobId, messageId, vendor, lane, attempt, deliveryCount, repeat, startedAt, answeredAt, outcomes };
}
