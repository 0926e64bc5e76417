import type { Instant } from '@reveille/contracts/ids';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import { movedTo } from './quota.js';

/** A job that comes back at a time. */
interface Wait {
  readonly job: PushJob;
  readonly at: Instant;
}

/**
 * The same wait where a quota renews at another time than was known when it began; null where nothing changes. It is a repeat: the
 * schedule that it takes the place of may fire all the same.
 * @param random 0 up to but not including 1
 */
export function movedWait({ job, at }: Wait, renewsAt: Instant, random: number): Wait | null {
  const targets = job.targets.map((target) => movedTarget(target, renewsAt, random));
  if (targets.every((target, index) => target === job.targets[index])) return null;
  const earliest = Math.min(...targets.map(({ notBefore }) => notBefore ?? at));
  return { job: { ...job, repeat: true, targets }, at: Math.min(job.notification.expiresAt, earliest) };
}

function movedTarget(target: PushTarget, renewsAt: Instant, random: number): PushTarget {
  if (target.waitsForQuota !== true || target.notBefore == null) return target;
  const notBefore = movedTo(target.notBefore, renewsAt, random);
  return notBefore === target.notBefore ? target : { ...target, notBefore };
}
