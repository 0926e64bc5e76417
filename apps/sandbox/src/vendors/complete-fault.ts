import type { FaultPlan } from '../faults.js';
import { isApnsReason } from './apns/apns.reasons.js';
import { isFcmError, isHtmlError } from './fcm/fcm.errors.js';

const knowers = {
  apns: isApnsReason,
  fcm: (reason: string): boolean => isFcmError(reason) || isHtmlError(reason),
  /** OAuth errors are an open set. */
  oauth: (): boolean => true,
};

/**
 * Holds a planned error against the vendors' own lists. A reason that only one vendor has narrows the fault to it. Null:
 * no vendor in the fault's scope ever answers so.
 */
export function completeFault(plan: FaultPlan): FaultPlan | null {
  const { action, scope } = plan;
  if (action.kind !== 'answer' || action.reason === null) return plan;
  if (scope.vendor !== null) return knowers[scope.vendor](action.reason) ? plan : null;
  const { reason } = action;
  const [vendor, other] = (['apns', 'fcm'] as const).filter((each) => knowers[each](reason));
  if (vendor === undefined) return null;
  return other === undefined ? { ...plan, scope: { ...scope, vendor } } : plan;
}
