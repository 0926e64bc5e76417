import type { Instant } from '@reveille/contracts/ids';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { DeferredReason } from '@reveille/contracts/push/outcome';
import { afterRequest, type RequestFate, requestFate } from './request-key.js';
import { type Wait, type WaitingTarget, waitingTarget } from './waiting-target.js';
import { deviceKeyOf } from './device-key.js';

/** One event about the job: `deliveryCount` 0 for a closing. */
interface Recorded {
  readonly position: number;
  readonly attempt: number;
  readonly deliveryCount: number;
  readonly targets: readonly {
    readonly user: string;
    readonly deviceId: string;
    readonly isFinal: boolean;
    readonly isUnclassified: boolean;
    readonly deferredFor: DeferredReason | null;
    readonly requests: number;
    readonly notBefore: Instant | null;
    readonly waitsForQuota: boolean;
  }[];
}

export interface TargetsLeft {
  /** Nothing final is known of them at this attempt, and what is known goes along. */
  readonly toSend: readonly PushTarget[];
  /** They were deferred at this attempt; their schedule may not have been published. */
  readonly toWait: readonly WaitingTarget[];
  /** The highest delivery count that this attempt's outcomes name; 0 where there are none. */
  readonly deliveryCount: number;
}

/**
 * What a job that may have been handled before still has to do, by what PUSHES says: a final outcome, a closing or a later
 * attempt ends it for a target; a deferral at this attempt with a time means waiting, without a request. Of what was said before a
 * redrive, neither the answer that nobody knew nor what led up to it counts.
 */
export function targetsLeft(job: PushJob, records: readonly Recorded[]): TargetsLeft {
  const fates = new Map<string, 'over' | Wait>();
  const asked = new Map<string, RequestFate[]>();
  let deliveryCount = 0;
  for (const { position, attempt, deliveryCount: count, targets } of records) {
    const past = job.redrive != null && position <= job.redrive.after ? job.redrive : null;
    if (attempt === job.attempt) deliveryCount = Math.max(deliveryCount, count);
    for (const told of targets) {
      const { isFinal, isUnclassified, deferredFor, requests, notBefore, waitsForQuota, ...target } = told;
      if (past !== null && (isUnclassified || (!isFinal && attempt < past.attempt))) continue;
      const key = deviceKeyOf(target);
      if (past === null && attempt === job.attempt)
        asked.set(key, [...(asked.get(key) ?? []), requestFate(deferredFor, requests)]);
      // A letter is written after the schedule of those that wait: theirs is not the redrive's to repeat.
      const waitsElsewhere = past !== null && attempt === past.attempt && notBefore !== null;
      if (isFinal || attempt > job.attempt || waitsElsewhere) fates.set(key, 'over');
      else if (attempt === job.attempt && notBefore !== null && fates.get(key) !== 'over')
        fates.set(key, { notBefore, waitsForQuota });
    }
  }
  const fateOf = (target: PushTarget) => fates.get(deviceKeyOf(target));
  const targets = job.targets.map((target) =>
    (asked.get(deviceKeyOf(target)) ?? []).reduce<PushTarget>(afterRequest, target),
  );
  return {
    toSend: targets.filter((target) => fateOf(target) === undefined),
    toWait: targets.flatMap((target) => {
      const fate = fateOf(target);
      return typeof fate === 'object' ? [waitingTarget(target, fate)] : [];
    }),
    deliveryCount,
  };
}
