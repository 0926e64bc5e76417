import type { PushNotification } from '@reveille/contracts/push/job';
import type { ClickAction } from '@reveille/contracts/push/resource';
import {
  type HonorSettings,
  type HonorStrategy,
  honorStrategySchema,
} from '@reveille/contracts/vendors/honor';
import type { BuiltPush, OpenTarget, RequestContext, VendorQuota } from '../../vendor.js';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import { notifyIdOf } from '../notify-id.js';
import { honorLimits, testPushesPerDay } from './honor.limits.js';

const encoder = new TextEncoder();
const highestBadge = 99;
const uniqueHeaders = ['timestamp', 'traceparent'] as const;

/** `POST /api/v1/<app>/sendMessage`, up to 1000 targets in each request. */
export function buildHonorRequests(
  settings: HonorSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const message = honorMessage(settings, push, context);
  if (message === null) {
    const outcome = {
      kind: 'rejected',
      reason: 'payload-too-large',
      vendorCode: 'not sent',
      observedAt: null,
    } as const;
    return [{ kind: 'impossible', targets, outcome }];
  }
  const requests: BuiltPush[] = [];
  for (let from = 0; from < targets.length; from += honorLimits.maxTargets) {
    const some = targets.slice(from, from + honorLimits.maxTargets);
    requests.push(requestFor(settings, message, some, context.traceparentOf(from), context));
  }
  return requests;
}

function requestFor(
  settings: HonorSettings,
  message: object,
  targets: readonly OpenTarget[],
  traceparent: string | null,
  { credential, now, isUrgent }: RequestContext,
): BuiltPush {
  // A token that stands there twice would be pushed to twice.
  const token = [...new Set(targets.map((target) => target.token))];
  return {
    kind: 'request',
    targets,
    requestId: null,
    request: {
      method: 'POST',
      origin: settings.endpoint,
      path: `/api/v1/${settings.appId}/sendMessage`,
      headers: {
        authorization: credential.authorization,
        'content-type': 'application/json',
        timestamp: String(now),
        ...(traceparent !== null && { traceparent }),
      },
      uniqueHeaders,
      body: encoder.encode(JSON.stringify({ ...message, token })),
      connectionKey: 'send',
      isUrgent,
    },
  };
}

/**
 * The message without its tokens, or null when the sender's payload alone is too large. Honor has no collapse key: the notify id is
 * ours, and a repeat replaces what it repeats.
 */
export function honorMessage(
  settings: HonorSettings,
  push: PushNotification,
  { now, receiptParam }: Pick<RequestContext, 'now' | 'receiptParam'>,
): object | null {
  const options = optionsOf(push);
  const seconds = Math.floor((push.expiresAt - now) / 1000);
  const ttlSeconds = Math.min(honorLimits.maxTtlSeconds, Math.max(1, seconds));
  const write = (texts: FittingTexts): object => ({
    ...(push.strategy === 'alert' ? push.payload !== '' && { data: push.payload } : { data: handedOf(push) }),
    android: {
      ttl: `${ttlSeconds}s`,
      ...(receiptParam !== null && { biTag: receiptParam }),
      ...(settings.testing && { targetUserType: 1 }),
      ...(push.strategy === 'alert' && { notification: shownOf(settings, push, options, texts) }),
    },
  });
  const limit = honorLimits.maxPayloadBytes[push.strategy];
  if (push.strategy !== 'alert') return sizeOf(write(push)) <= limit ? write(push) : null;
  // With a big text both texts stand there twice, so each counts twice.
  const copies = options.bigText === true ? 2 : 1;
  const fitted = fitPayload(
    push,
    (texts) => Math.ceil(sizeOf(write(texts)) / copies),
    Math.floor(limit / copies),
  );
  return fitted === null ? null : write(fitted);
}

/** Counted without the tokens. */
function sizeOf(message: object): number {
  return encoder.encode(JSON.stringify({ ...message, token: [] })).length;
}

/** A section that does not parse was written for another revision of Reveille: the defaults stand in. */
function optionsOf({ resource }: PushNotification): HonorStrategy {
  return honorStrategySchema.safeParse(resource?.options ?? {}).data ?? {};
}

/** What the app is handed: a string, so that everything is in one JSON text. */
function handedOf({ payload, collapse }: PushNotification): string {
  return JSON.stringify({ payload, tag: collapse });
}

function shownOf(
  settings: HonorSettings,
  push: PushNotification,
  options: HonorStrategy,
  { title, content }: FittingTexts,
): object {
  return {
    title,
    body: content,
    clickAction: clickOf(push.resource?.clickAction),
    importance: importanceOf(settings, push, options),
    notifyId: notifyIdOf(push.collapse),
    ...(options.bigText === true && { style: 1, bigTitle: title, bigBody: content }),
    ...(options.image !== undefined && { image: options.image }),
    ...badgeOf(settings, push),
  };
}

function importanceOf(
  { serviceMessages }: HonorSettings,
  { resource }: PushNotification,
  { importance }: HonorStrategy,
): 'LOW' | 'NORMAL' {
  if (!serviceMessages) return 'LOW';
  return importance ?? (resource?.class === 'marketing' ? 'LOW' : 'NORMAL');
}

function clickOf(action: ClickAction | undefined): object {
  switch (action?.kind) {
    case 'url':
      return { type: 2, url: action.url };
    case 'intent':
      // An intent URI has a scheme; anything else is an action that the app declares.
      return {
        type: 1,
        ...(action.intent.includes(':') ? { intent: action.intent } : { action: action.intent }),
      };
    default:
      return { type: 3 };
  }
}

function badgeOf({ badgeClass }: HonorSettings, { badge, badgeIncrement }: PushNotification): object {
  if (badgeClass === null) return {};
  if (badge != null) return { badge: { badgeClass, setNum: Math.min(badge, highestBadge) } };
  if (badgeIncrement === null || badgeIncrement === 0) return {};
  return { badge: { badgeClass, addNum: badgeIncrement } };
}

/** Test users and marketing are counted; service messages are not. */
export function honorQuotaOf(settings: HonorSettings, push: PushNotification): VendorQuota | null {
  if (settings.testing) return { name: 'test', perDay: testPushesPerDay, perDevicePerDay: null };
  if (push.strategy !== 'alert' || importanceOf(settings, push, optionsOf(push)) === 'NORMAL') return null;
  return { name: 'marketing', perDay: null, perDevicePerDay: settings.marketingPerDevicePerDay };
}
