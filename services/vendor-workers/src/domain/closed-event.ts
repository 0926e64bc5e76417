import type { ClosedReason } from '@reveille/contracts/delivery/withheld-reason';
import type { Instant } from '@reveille/contracts/ids';
import type { PushClosed } from '@reveille/contracts/push/events';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';

export interface ClosedTarget {
  readonly target: PushTarget;
  readonly reason: ClosedReason;
}

/** Pushes that were decided and will not happen. A closing that is said twice is one: readers go by target. */
export function closedEvent(
  job: PushJob,
  closed: readonly ClosedTarget[],
  delivery: { readonly closedAt: Instant; readonly deliveryCount: number; readonly isRepeat: boolean },
): PushClosed {
  const { jobId, messageId, vendor, lane, attempt } = job;
  const targets = closed.map(({ target: { user, deviceId, tokenRef }, reason }) => ({
    user,
    deviceId,
    tokenRef,
    reason,
  }));
  const { closedAt, deliveryCount, isRepeat } = delivery;
  const repeat = isRepeat || job.repeat;
  return { jobId, messageId, vendor, lane, attempt, deliveryCount, repeat, closedAt, targets };
}
