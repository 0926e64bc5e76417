import { createHash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { ClickAction } from '@reveille/contracts/push/resource';
import type { Strategy } from '@reveille/contracts/push/vendor';
import {
  type HarmonySettings,
  type HarmonyStrategy,
  harmonyStrategySchema,
} from '@reveille/contracts/vendors/harmony';
import type { BuiltPush, OpenTarget, RequestContext, VendorQuota } from '../../vendor.js';
import { type FittingTexts, fitPayload, jsonBytes } from '../fit-payload.js';
import { fitText } from '../fit-text.js';
import { notifyIdOf } from '../notify-id.js';
import { harmonyLimits, testPushesPerDay, testTargets } from './harmony.limits.js';

const encoder = new TextEncoder();
const highestBadge = 99;

/** The header `push-type`: an alert, a background message, an incoming call in the app. */
const pushTypes: Readonly<Record<Strategy, string>> = { alert: '0', silent: '6', voip: '10' };

/** `POST /v3/<project>/messages:send`, up to 1000 targets in each request, ten where they are test messages. */
export function buildHarmonyRequests(
  settings: HarmonySettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const message = harmonyMessage(settings, push, context);
  if (message === null) {
    const outcome = {
      kind: 'rejected',
      reason: 'payload-too-large',
      vendorCode: 'not sent',
      observedAt: null,
    } as const;
    return [{ kind: 'impossible', targets, outcome }];
  }
  const most = settings.testing ? testTargets : harmonyLimits.maxTargets;
  const requests: BuiltPush[] = [];
  for (let from = 0; from < targets.length; from += most)
    requests.push(requestFor(settings, push, message, targets.slice(from, from + most), from, context));
  return requests;
}

function requestFor(
  settings: HarmonySettings,
  push: PushNotification,
  message: HarmonyMessage,
  targets: readonly OpenTarget[],
  firstIndex: number,
  context: RequestContext,
): BuiltPush {
  const traceparent = context.traceparentOf(firstIndex);
  const { payload, pushOptions } = message;
  // A token is pushed to as often as it stands in the list.
  const token = [...new Set(targets.map((target) => target.token))];
  return {
    kind: 'request',
    targets,
    requestId: null,
    request: {
      method: 'POST',
      origin: settings.endpoint,
      path: `/v3/${settings.projectId}/messages:send`,
      headers: {
        authorization: context.credential.authorization,
        'content-type': 'application/json; charset=UTF-8',
        'push-type': pushTypes[push.strategy],
        ...(traceparent !== null && { traceparent }),
      },
      uniqueHeaders: ['traceparent'],
      body: encoder.encode(JSON.stringify({ payload, target: { token }, pushOptions })),
      connectionKey: 'send',
      isUrgent: context.isUrgent,
    },
  };
}

interface HarmonyMessage {
  readonly payload: object;
  readonly pushOptions: object;
}

/**
 * The message without its tokens, or null when what may not be shortened is too large. The notify id is the collapse key, so a
 * repeat replaces what it repeats.
 */
export function harmonyMessage(
  settings: HarmonySettings,
  push: PushNotification,
  context: Pick<RequestContext, 'now' | 'receiptParam' | 'messageId'>,
): HarmonyMessage | null {
  const { now, receiptParam } = context;
  const options = harmonyOptionsOf(push);
  const seconds = Math.floor((push.expiresAt - now) / 1000);
  const write = (texts: FittingTexts): HarmonyMessage => ({
    payload:
      push.strategy === 'alert'
        ? { notification: shownOf(settings, push, options, texts, context.messageId) }
        : { extraData: handedOf(push, texts) },
    pushOptions: {
      ttl: Math.min(harmonyLimits.maxTtlSeconds, Math.max(1, seconds)),
      ...(settings.testing && { testMessage: true }),
      ...(receiptParam !== null && { biTag: receiptParam }),
      ...(settings.receiptId !== null && { receiptId: settings.receiptId }),
      ...(push.strategy === 'alert' &&
        options.collapseKey !== undefined && { collapseKey: options.collapseKey }),
    },
  });
  const limit = harmonyLimits.maxPayloadBytes[push.strategy];
  if (push.strategy !== 'alert') return fitHanded(push, write, limit);
  const fitted = fitPayload(push, (texts) => sizeOf(write(texts)), limit);
  return fitted === null ? null : write(fitted);
}

/** A call's texts stand in a JSON text inside the JSON body: content is shortened first, then the title. */
function fitHanded(
  push: PushNotification,
  write: (texts: FittingTexts) => HarmonyMessage,
  limit: number,
): HarmonyMessage | null {
  let texts: FittingTexts = push;
  for (const field of ['content', 'title'] as const) {
    const excess = sizeOf(write(texts)) - limit;
    if (excess <= 0) break;
    const text = texts[field];
    texts = {
      title: texts.title,
      content: texts.content,
      [field]: fitText(text, nestedBytes(text) - excess, nestedBytes),
    };
  }
  const message = write(texts);
  return sizeOf(message) <= limit ? message : null;
}

/** The size of a text inside a JSON text inside a JSON document. */
function nestedBytes(text: string): number {
  return jsonBytes(JSON.stringify(text).slice(1, -1));
}

/** The body is counted without the tokens. */
function sizeOf({ payload, pushOptions }: HarmonyMessage): number {
  return encoder.encode(JSON.stringify({ payload, target: { token: [] }, pushOptions })).length;
}

/** A section that does not parse was written for another revision of Reveille: the defaults stand in. */
function harmonyOptionsOf({ resource }: PushNotification): HarmonyStrategy {
  return harmonyStrategySchema.safeParse(resource?.options ?? {}).data ?? {};
}

function categoryOf(
  settings: HarmonySettings,
  { resource }: PushNotification,
  options: HarmonyStrategy,
): string {
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

/** What the app is handed: one text. A call names its caller. */
function handedOf(push: PushNotification, { title, content }: FittingTexts): string {
  return JSON.stringify({
    ...(push.strategy === 'voip' && { title, body: content }),
    payload: push.payload,
    tag: push.collapse,
  });
}

function shownOf(
  settings: HarmonySettings,
  push: PushNotification,
  options: HarmonyStrategy,
  { title, content }: FittingTexts,
  messageId: string,
): object {
  const sound = [options.sound, push.resource?.sound, settings.sound].find((said) => said !== undefined);
  const badge = badgeOf(push);
  return {
    category: categoryOf(settings, push, options),
    title,
    body: content,
    clickAction: clickOf(push),
    notifyId: notifyIdOf(push.collapse),
    appMessageId: appMessageIdOf(push, messageId),
    foregroundShow: options.foregroundShow ?? true,
    // Silence cannot be asked for, and the system's sound is what comes without one.
    ...(sound != null && sound !== 'default' && { sound }),
    ...(badge !== null && { badge }),
  };
}

/** The same for a repeat and for nothing else: at most 64 characters. */
function appMessageIdOf({ collapse, title, content, payload }: PushNotification, messageId: string): string {
  return createHash('sha256')
    .update(JSON.stringify([messageId, collapse, title, content, payload]))
    .digest('base64url');
}

/** A tap hands `data` to the page that it opens. A web page is opened by the app itself. */
function clickOf({ payload, resource }: PushNotification): object {
  const action: ClickAction | undefined = resource?.clickAction;
  const data = {
    ...(payload !== '' && { payload }),
    ...(action?.kind === 'url' && { clickUrl: action.url }),
  };
  const withData = Object.keys(data).length > 0 && { data };
  if (action?.kind !== 'intent') return { actionType: 0, ...withData };
  const page = action.intent.includes(':') ? { uri: action.intent } : { action: action.intent };
  return { actionType: 1, ...page, ...withData };
}

function badgeOf({ badge, badgeIncrement }: PushNotification): object | null {
  if (badge != null) return { setNum: Math.min(badge, highestBadge) };
  return badgeIncrement === null || badgeIncrement === 0 ? null : { addNum: badgeIncrement };
}

/** Test messages and marketing are counted; the categories of service are not. */
export function harmonyQuotaOf(settings: HarmonySettings, push: PushNotification): VendorQuota | null {
  if (settings.testing) return { name: 'test', perDay: testPushesPerDay, perDevicePerDay: null };
  if (push.strategy !== 'alert') return null;
  if (categoryOf(settings, push, harmonyOptionsOf(push)) !== 'MARKETING') return null;
  return { name: 'marketing', perDay: null, perDevicePerDay: settings.marketingPerDevicePerDay };
}
