import { hash } from 'node:crypto';
import { type ApnsSettings, apnsWords } from '@reveille/contracts/vendors/apns';
import type { DeviceId, MessageId } from '@reveille/contracts/ids';
import type { PushNotification } from '@reveille/contracts/push/job';
import { collapseIdOf, isHeaderValue } from '../collapse-id.js';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import type { BuiltPush, OpenTarget, RequestContext, VendorRequest } from '../../vendor.js';
import { strategyOptions } from '../strategy-options.js';
import { apnsLimits } from './apns.limits.js';

const uniqueHeaders = ['apns-id', 'apns-collapse-id', 'traceparent'] as const;

/** One request per target: `POST /3/device/<token>`. An `automatic` target is sent to production first. */
export function buildApnsRequests(
  settings: ApnsSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const body = apnsBody(settings, push);
  const { authorization, generation } = context.credential;
  const same = {
    priority: priorityOf(settings, push),
    expiration: String(Math.ceil(push.expiresAt / 1000)),
    collapseId: collapseIdOf(push.collapse),
    // A connection is bound to the first team, key and key environment that it sees.
    connectionKey: `${settings.teamId}|${settings.keyId}|${generation}`,
  };
  return targets.map((target, index): BuiltPush => {
    if (body === null) return impossible(target, 'payload-too-large', 'not sent');
    const bundle = target.bundle ?? settings.bundleId;
    const fault = bundleFault(settings, bundle);
    if (fault !== null) return impossible(target, 'payload-invalid', fault);
    const requestId = apnsId(context.messageId, target.deviceId);
    const headers: Record<string, string> = {
      authorization,
      'apns-topic': bundle + (push.strategy === 'voip' ? '.voip' : ''),
      'apns-push-type': pushTypes[push.strategy],
      'apns-priority': same.priority,
      'apns-expiration': same.expiration,
      'apns-collapse-id': same.collapseId,
      'apns-id': requestId,
    };
    const traceparent = context.traceparentOf(index);
    if (traceparent !== null) headers['traceparent'] = traceparent;
    const request: VendorRequest = {
      method: 'POST',
      origin: target.environment === 'development' ? settings.developmentEndpoint : settings.endpoint,
      path: `/3/device/${encodeURIComponent(target.token)}`,
      headers,
      uniqueHeaders,
      body,
      connectionKey: same.connectionKey,
      isUrgent: context.isUrgent,
    };
    return { kind: 'request', targets: [target], request, requestId };
  });
}

function impossible(
  target: OpenTarget,
  reason: 'payload-too-large' | 'payload-invalid',
  vendorCode: string,
): BuiltPush {
  return {
    kind: 'impossible',
    targets: [target],
    outcome: { kind: 'rejected', reason, vendorCode, observedAt: null },
  };
}

/**
 * Presence takes no bundle that the app has not declared; a binding may be older than that, or than a change of the settings.
 * It is no fault of the token, which therefore lives on.
 */
function bundleFault({ bundleId, otherBundleIds }: ApnsSettings, bundle: string): string | null {
  if (bundle !== bundleId && !otherBundleIds.includes(bundle)) return 'bundle not configured';
  return isHeaderValue(bundle) ? null : 'bundle cannot stand in a header';
}

/** A background push with priority 10 is an error at Apple; a call that waits is none. */
function priorityOf(settings: ApnsSettings, { strategy, resource }: PushNotification): '5' | '10' {
  if (strategy === 'silent') return '5';
  return strategy === 'voip' || (resource?.priority ?? settings.priority) === 'high' ? '10' : '5';
}

const pushTypes = { alert: 'alert', silent: 'background', voip: 'voip' } as const;

/**
 * The body, or null when the sender's payload alone is too large. A badge is an absolute number at Apple and nobody here knows
 * what the phone shows, so `aps.badge` is the sender's own number or absent: an increment travels beside `aps`, for the app's
 * notification service extension to add up. So does what a tap is to open: Apple's words know no such thing, the app does it.
 */
export function apnsBody(
  settings: Pick<ApnsSettings, 'mutableContent' | 'sound'>,
  push: PushNotification,
): Uint8Array | null {
  const write = ({ title, content }: FittingTexts): Uint8Array => {
    const alert = { ...(title !== '' && { title }), ...(content !== '' && { body: content }) };
    return Buffer.from(
      JSON.stringify({
        aps: push.strategy === 'silent' ? { 'content-available': 1 } : { alert, ...apsOf(settings, push) },
        ...(push.payload !== '' && { payload: push.payload }),
        ...clickActionOf(push),
        ...(push.strategy === 'alert' &&
          push.badgeIncrement !== null && { badgeIncrement: push.badgeIncrement }),
      }),
    );
  };
  const limit = apnsLimits.maxPayloadBytes[push.strategy];
  const whole = write(push);
  if (whole.length <= limit) return whole;
  const fitted = fitPayload(push, (texts) => write(texts).length, limit);
  return fitted === null ? null : write(fitted);
}

function clickActionOf({ strategy, resource }: PushNotification): object {
  const action = resource?.clickAction ?? null;
  return strategy === 'alert' && action !== null && action.kind !== 'app' ? { clickAction: action } : {};
}

function apsOf(settings: Pick<ApnsSettings, 'mutableContent' | 'sound'>, push: PushNotification): object {
  if (push.strategy === 'voip') return {};
  const own = strategyOptions(apnsWords, push);
  const sound = [own.sound, push.resource?.sound, settings.sound].find((name) => name !== undefined);
  return {
    ...(sound != null && { sound }),
    ...(own.category !== undefined && { category: own.category }),
    ...(own.interruptionLevel !== undefined && { 'interruption-level': own.interruptionLevel }),
    ...(push.badge != null && { badge: push.badge }),
    ...(push.threadId !== '' && { 'thread-id': push.threadId }),
    ...((push.resource?.mutableContent ?? settings.mutableContent) && { 'mutable-content': 1 }),
  };
}

/** The same for every attempt: a UUID (version 8, made of a SHA-256) of message and device, so that a repeat is recognised. */
export function apnsId(messageId: MessageId, deviceId: DeviceId): string {
  const hex = hash('sha256', `${messageId}\n${deviceId}`, 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
