import type { Instant } from '@reveille/contracts/ids';
import type { WithdrawalJob, WithdrawalTarget } from '@reveille/contracts/push/withdrawal';
import { deviceKeyOf } from './device-key.js';

/** One event about the withdrawal. */
interface Recorded {
  readonly attempt: number;
  readonly deliveryCount: number;
  readonly targets: readonly {
    readonly user: string;
    readonly deviceId: string;
    readonly isFinal: boolean;
    readonly notBefore: Instant | null;
  }[];
}

export interface WithdrawalsLeft {
  /** Nothing final is known of them at this attempt. */
  readonly toAsk: readonly WithdrawalTarget[];
  /** They were deferred at this attempt; their schedule may not have been published. */
  readonly toWait: readonly (WithdrawalTarget & { readonly notBefore: Instant })[];
  /** The highest delivery count that this attempt's outcomes name; 0 where there are none. */
  readonly deliveryCount: number;
}

/** What a withdrawal still has to do, by what PUSHES says of it. */
export function withdrawalsLeft(
  job: Pick<WithdrawalJob, 'attempt' | 'targets'>,
  records: readonly Recorded[],
): WithdrawalsLeft {
  const fates = new Map<string, 'over' | Instant>();
  const ofThis = records.filter(({ attempt }) => attempt === job.attempt);
  for (const { attempt, targets } of records) {
    for (const { isFinal, notBefore, ...target } of targets) {
      const key = deviceKeyOf(target);
      if (isFinal || attempt > job.attempt) fates.set(key, 'over');
      else if (attempt === job.attempt && notBefore !== null && fates.get(key) !== 'over')
        fates.set(key, notBefore);
    }
  }
  return {
    toAsk: job.targets.filter((target) => !fates.has(deviceKeyOf(target))),
    toWait: job.targets.flatMap((target) => {
      const fate = fates.get(deviceKeyOf(target));
      return typeof fate === 'number' ? [{ ...target, notBefore: fate }] : [];
    }),
    deliveryCount: Math.max(0, ...ofThis.map(({ deliveryCount }) => deliveryCount)),
  };
}
