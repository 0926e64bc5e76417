import type { Instant } from '@reveille/contracts/ids';
import type { PushTarget } from '@reveille/contracts/push/job';

/** Until when a target waits. */
export interface Wait {
  readonly notBefore: Instant;
  /** It is the renewal of a quota, which the app's settings may move. */
  readonly waitsForQuota: boolean;
}
/** A target that is not to be tried before its time. */
export type WaitingTarget = PushTarget & { readonly notBefore: Instant };

/** The target as it waits; what it waited for before is over. */
export function waitingTarget(target: PushTarget, { notBefore, waitsForQuota }: Wait): WaitingTarget {
  const { waitsForQuota: _before, ...present } = target;
  return waitsForQuota ? { ...present, notBefore, waitsForQuota } : { ...present, notBefore };
}
