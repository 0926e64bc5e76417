import type { PushNotification } from '@reveille/contracts/push/job';
import type { ClickAction } from '@reveille/contracts/push/resource';
import {
  type HuaweiSettings,
  type HuaweiStrategy,
  huaweiStrategySchema,
} from '@reveille/contracts/vendors/huawei';
import type { BuiltPush, OpenTarget, RequestContext, VendorQuota } from '../../vendor.js';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import { notifyIdOf } from '../notify-id.js';
import { huaweiLimits, testPushesPerDay } from './huawei.limits.js';

const encoder = new TextEncoder();
const highestBadge = 99;

/** `POST /v1/<app>/messages:send` or `/v2/<project>/messages:send`, up to 1000 targets in each request. */
export function buildHuaweiRequests(
  settings: HuaweiSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const message = huaweiMessage(settings, push, context);
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
  for (let from = 0; from < targets.length; from += huaweiLimits.maxTargets)
    requests.push(
      requestFor(settings, message, targets.slice(from, from + huaweiLimits.maxTargets), from, context),
    );
  return requests;
}

function requestFor(
  settings: HuaweiSettings,
  message: object,
  targets: readonly OpenTarget[],
  firstIndex: number,
  context: RequestContext,
): BuiltPush {
  const traceparent = context.traceparentOf(firstIndex);
  // Huawei delivers to a token as often as it stands in the list.
  const token = [...new Set(targets.map((target) => target.token))];
  return {
    kind: 'request',
    targets,
    requestId: null,
    request: {
      method: 'POST',
      origin: settings.endpoint,
      path: sendPath(settings),
      headers: {
        authorization: context.credential.authorization,
        'content-type': 'application/json; charset=UTF-8',
        ...(traceparent !== null && { traceparent }),
      },
      uniqueHeaders: ['traceparent'],
      body: encoder.encode(JSON.stringify({ validate_only: false, message: { ...message, token } })),
      connectionKey: 'send',
      isUrgent: context.isUrgent,
    },
  };
}

function sendPath({ api, appId, projectId }: HuaweiSettings): string {
  return api === 'v2' && projectId !== null ? `/v2/${projectId}/messages:send` : `/v1/${appId}/messages:send`;
}

/**
 * The message without its tokens, or null when the sender's payload alone is too large. The notify id is the collapse key, so
 * a repeat replaces what it repeats; it is also what a revocation names.
 */
export function huaweiMessage(
  settings: HuaweiSettings,
  push: PushNotification,
  { now, receiptParam }: Pick<RequestContext, 'now' | 'receiptParam'>,
): object | null {
  const options = huaweiOptionsOf(push);
  const seconds = Math.floor((push.expiresAt - now) / 1000);
  const ttlSeconds = Math.min(huaweiLimits.maxTtlSeconds, Math.max(1, seconds));
  const category = categoryOf(settings, push, options);
  const write = (texts: FittingTexts): object => ({
    ...(push.strategy === 'alert' ? push.payload !== '' && { data: push.payload } : { data: handedOf(push) }),
    android: {
      urgency: urgencyOf(settings, push),
      ttl: `${ttlSeconds}s`,
      ...(category !== null && { category }),
      ...(options.collapseKey !== undefined && { collapse_key: options.collapseKey }),
      ...(receiptParam !== null && { bi_tag: receiptParam }),
      ...(settings.receiptId !== null && { receipt_id: settings.receiptId }),
      ...(settings.testing && { target_user_type: 1 }),
      ...(push.strategy === 'alert' && { notification: shownOf(settings, push, options, texts) }),
    },
  });
  if (push.strategy !== 'alert')
    return sizeOf(write(push)) <= huaweiLimits.maxPayloadBytes[push.strategy] ? write(push) : null;
  const fitted = fitPayload(push, (texts) => sizeOf(write(texts)), huaweiLimits.maxPayloadBytes.alert);
  return fitted === null ? null : write(fitted);
}

/** Huawei counts the body without the tokens. */
function sizeOf(message: object): number {
  return encoder.encode(JSON.stringify({ validate_only: false, message: { ...message, token: [] } })).length;
}

/** A section that does not parse was written for another revision of Reveille: the defaults stand in. */
function huaweiOptionsOf({ resource }: PushNotification): HuaweiStrategy {
  return huaweiStrategySchema.safeParse(resource?.options ?? {}).data ?? {};
}

function categoryOf(
  settings: HuaweiSettings,
  { resource }: PushNotification,
  options: HuaweiStrategy,
): string | null {
  if (options.category !== undefined) return options.category;
  switch (resource?.class) {
    case 'call':
      return 'VOIP';
    case 'marketing':
      return 'MARKETING';
    default:
      return settings.category;
  }
}

/** High urgency for silent pushes is a right of its own at Huawei, and they are refused without it. */
function urgencyOf(settings: HuaweiSettings, { strategy, resource }: PushNotification): 'HIGH' | 'NORMAL' {
  const isHigh = resource?.class === 'call' || (resource?.priority ?? settings.priority) === 'high';
  return isHigh && (strategy === 'alert' || settings.highPriorityData) ? 'HIGH' : 'NORMAL';
}

/** What the app is handed: a string, so that everything is in one JSON text. */
function handedOf({ payload, collapse }: PushNotification): string {
  return JSON.stringify({ payload, tag: collapse });
}

function shownOf(
  settings: HuaweiSettings,
  push: PushNotification,
  options: HuaweiStrategy,
  { title, content }: FittingTexts,
): object {
  const channel = options.channelId ?? settings.channelId;
  return {
    title,
    body: content,
    click_action: clickOf(push.resource?.clickAction),
    notify_id: notifyIdOf(push.collapse),
    foreground_show: options.foregroundShow ?? true,
    ...(channel !== null && { channel_id: channel }),
    ...(options.importance !== undefined && { importance: options.importance }),
    ...soundOf(firstSaid(options.sound, push.resource?.sound, settings.sound)),
    ...badgeOf(settings, push),
  };
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

/** Null is silence, so only what nobody has said is passed over. */
function firstSaid(...sounds: readonly (string | null | undefined)[]): string | null {
  return sounds.find((sound) => sound !== undefined) ?? null;
}

function soundOf(sound: string | null): object {
  if (sound === 'default') return { default_sound: true };
  if (sound === null) return { default_sound: false };
  return { default_sound: false, sound: sound.startsWith('/raw/') ? sound : `/raw/${sound}` };
}

/** Without one of the two numbers Huawei would add one. */
function badgeOf({ badgeClass }: HuaweiSettings, { badge, badgeIncrement }: PushNotification): object {
  if (badgeClass === null) return {};
  if (badge != null) return { badge: { class: badgeClass, set_num: Math.min(badge, highestBadge) } };
  if (badgeIncrement === null || badgeIncrement === 0) return {};
  return { badge: { class: badgeClass, add_num: badgeIncrement } };
}

/** Test users and marketing are counted; the categories of service are not. A push without a category is marketing. */
export function huaweiQuotaOf(settings: HuaweiSettings, push: PushNotification): VendorQuota | null {
  if (settings.testing) return { name: 'test', perDay: testPushesPerDay, perDevicePerDay: null };
  const category = categoryOf(settings, push, huaweiOptionsOf(push));
  if (push.strategy !== 'alert' || (category !== null && category !== 'MARKETING')) return null;
  return { name: 'marketing', perDay: null, perDevicePerDay: settings.marketingPerDevicePerDay };
}
