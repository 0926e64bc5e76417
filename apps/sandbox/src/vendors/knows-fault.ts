import type { FaultPlan } from '../faults.js';
import { apnsReasons, isApnsReason } from './apns/apns.reasons.js';
import { fcmErrors, htmlErrors, isFcmError, isHtmlError } from './fcm/fcm.errors.js';

/** Null when every vendor in the fault's scope knows the planned answer, else what to say about it. */
export function knowsFault({ action, scope }: FaultPlan): string | null {
  if (action.kind !== 'answer' || action.reason === null) return null;
  if (scope.vendor === 'apns' && !isApnsReason(action.reason)) {
    return `APNs has no reason ${action.reason}; it has ${Object.keys(apnsReasons).join(', ')}`;
  }
  if (scope.vendor === 'fcm' && !isFcmError(action.reason) && !isHtmlError(action.reason)) {
    return `FCM has no error ${action.reason}; it has ${[...Object.keys(fcmErrors), ...Object.keys(htmlErrors)].join(', ')}`;
  }
  if (scope.vendor === null && !isApnsReason(action.reason) && !isFcmError(action.reason) && !isHtmlError(action.reason)) {
    return `no vendor has an error ${action.reason}`;
  }
  return null;
}
