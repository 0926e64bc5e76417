import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import type { DeferredReason } from '@reveille/contracts/push/outcome';

/** What a vendor that knows requests by an id may remember of one: that it refused it, that it had it, or nothing. */
export type RequestFate = 'refused' | 'unanswered' | 'none';

/**
 * @param deferredFor why the push waits; null: it does not
 * @param requests how many may have reached the vendor
 */
export function requestFate(deferredFor: DeferredReason | null, requests: number): RequestFate {
  if (deferredFor === 'no-answer') return 'unanswered';
  return deferredFor === null || deferredFor === 'not-sent' || requests === 0 ? 'none' : 'refused';
}

/** The target as its next attempt must know it. */
export function afterRequest<T extends Pick<PushTarget, 'refusals' | 'mayHaveArrived'>>(
  target: T,
  fate: RequestFate,
): T {
  switch (fate) {
    case 'refused':
      return { ...target, refusals: (target.refusals ?? 0) + 1, mayHaveArrived: false };
    case 'unanswered':
      return { ...target, mayHaveArrived: true };
    case 'none':
      return target;
  }
}

/**
 * What a target's request is known by to a vendor that processes none twice. The same for every attempt while it is unsure whether one
 * has arrived, so that a second one is swallowed; another one after the vendor has refused it, and after a redrive: should the vendor
 * remember what it refused, a repeat under the old key would be called a duplicate and never be shown.
 */
export function requestKey(
  { messageId, redrive }: Pick<PushJob, 'messageId' | 'redrive'>,
  { deviceId, refusals = 0 }: Pick<PushTarget, 'deviceId' | 'refusals'>,
): string {
  const key = `${messageId}\n${deviceId}`;
  return refusals === 0 && redrive == null ? key : `${key}\n${refusals}\n${redrive?.letter ?? 0}`;
}
