import type { FaultPlan } from '../faults.js';
import { apnsReasons, isApnsReason } from './apns/apns.reasons.js';

/** Null when every vendor in the fault's scope knows the planned answer, else what to say about it. */
export function knowsFault({ action, scope }: FaultPlan): string | null {
  if (action.kind !== 'answer' || action.reason === null) return null;
  if (scope.vendor === 'apns' && !isApnsReason(action.reason)) {
    return `APNs has no reason ${action.reason}; it has ${Object.keys(apnsReasons).join(', ')}`;
  }
  return null;
}
