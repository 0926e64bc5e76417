import { createHash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { type MeizuMessageType, type MeizuSettings, meizuWords } from '@reveille/contracts/vendors/meizu';
import type { BuiltPush, OpenTarget, RequestContext, VendorQuota } from '../../vendor.js';
import { fitText, utf16Units } from '../fit-text.js';
import { rejected } from '../outcomes.js';
import { strategyOptions } from '../strategy-options.js';
import { maxCallbackBytes, maxContentUnits, maxTitleUnits, meizuLimits } from './meizu.limits.js';

const encoder = new TextEncoder();
const path = '/garcia/api/server/push/varnished/pushByPushId';
const secondsPerHour = 3600;
const mostHours = meizuLimits.maxTtlSeconds / secondsPerHour;

/** Up to 100 push ids in a request. */
export function buildMeizuRequests(
  settings: MeizuSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const messageJson = JSON.stringify(messageOf(settings, push, context));
  const outcome = whyImpossible(push, messageJson);
  if (outcome !== null) return [{ kind: 'impossible', targets, outcome }];
  const count = Math.ceil(targets.length / meizuLimits.maxTargets);
  return Array.from({ length: count }, (_, batch): BuiltPush => {
    const first = batch * meizuLimits.maxTargets;
    const part = targets.slice(first, first + meizuLimits.maxTargets);
    const fields = {
      appId: settings.appId,
      messageJson,
      pushIds: part.map(({ token }) => token).join(','),
    };
    const form = new URLSearchParams({ ...fields, sign: signOf(fields, context.credential.authorization) });
    const traceparent = context.traceparentOf(first);
    const request = {
      method: 'POST' as const,
      origin: settings.endpoint,
      path,
      headers: {
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        ...(traceparent !== null && { traceparent }),
      },
      uniqueHeaders: ['traceparent'],
      body: encoder.encode(form.toString()),
      connectionKey: 'send',
      isUrgent: context.isUrgent,
    };
    return { kind: 'request', targets: part, request, requestId: null };
  });
}

/** "接口签名规范": MD5 over `key=value` in the order of the keys, as they are before they are encoded, and the secret behind. */
export function signOf(fields: Readonly<Record<string, string>>, secret: string): string {
  const text = Object.keys(fields)
    .toSorted()
    .map((key) => `${key}=${fields[key]}`)
    .join('');
  return createHash('md5').update(`${text}${secret}`).digest('hex');
}

function whyImpossible(push: PushNotification, messageJson: string): PushOutcome | null {
  // Pass-through messages are withdrawn; there are no calls of their own.
  if (push.strategy !== 'alert') return rejected('payload-invalid', 'strategy-unsupported');
  if (push.title.trim() === '' && push.content.trim() === '') return rejected('payload-invalid', 'no-text');
  const limit = meizuLimits.maxPayloadBytes.alert;
  return encoder.encode(messageJson).length > limit ? rejected('payload-too-large', 'not sent') : null;
}

function messageOf(settings: MeizuSettings, push: PushNotification, context: RequestContext): object {
  const { title, content, resource } = push;
  const section = strategyOptions(meizuWords, push);
  const hours = Math.min(mostHours, Math.floor((push.expiresAt - context.now) / (secondsPerHour * 1000)));
  const sound = resource?.sound === undefined ? settings.sound : resource.sound;
  const loud = sound === null ? 0 : 1;
  return {
    noticeBarInfo: {
      noticeMsgType: typeOf(settings, push) === 'private' ? 1 : 0,
      noticeBarType: 0,
      // Neither may be empty.
      title: fitText(title.trim() === '' ? content : title, maxTitleUnits, utf16Units) || '…',
      content: fitText(content.trim() === '' ? title : content, maxContentUnits, utf16Units) || '…',
    },
    clickTypeInfo: clickOf(push),
    // Whole hours alone: what is worth less is not kept, and never shown after its time.
    pushTimeInfo: hours >= 1 ? { offLine: 1, validTime: hours } : { offLine: 0 },
    advanceInfo: {
      ...(section.floats !== undefined && { suspend: section.floats ? 1 : 0 }),
      notificationType: { vibrate: loud, lights: 1, sound: loud },
      notifyKey: notifyKeyOf(push.collapse),
    },
    ...extraOf(settings, context),
  };
}

/** Eight characters of `[0-9A-Za-z_-]`: the same for the same collapse key. */
function notifyKeyOf(collapse: string): string {
  return createHash('sha256').update(collapse).digest('base64url').slice(0, 8);
}

function clickOf({ resource, payload }: PushNotification): object {
  const parameters = payload === '' ? {} : { parameters: { payload } };
  const action = resource?.clickAction ?? { kind: 'app' };
  switch (action.kind) {
    case 'app':
      return { clickType: 0, ...parameters };
    case 'intent':
      return { clickType: 1, activity: action.intent, ...parameters };
    case 'url':
      return { clickType: 2, url: action.url, ...parameters };
  }
}

/** A push that asks at an address which the console does not know fails, so only an app that has registered it asks. */
function extraOf(
  { receiptsRegistered }: MeizuSettings,
  { receiptUrl, receiptParam }: RequestContext,
): { readonly extra?: object } {
  if (!receiptsRegistered || receiptUrl === null || receiptUrl.length > maxCallbackBytes) return {};
  return {
    extra: {
      callback: receiptUrl,
      ...(receiptParam !== null && { 'callback.param': receiptParam }),
      'callback.type': 3,
    },
  };
}

function typeOf({ privateClasses }: MeizuSettings, push: PushNotification): MeizuMessageType {
  const isPrivate = privateClasses.includes(push.resource?.class ?? 'chat');
  return strategyOptions(meizuWords, push).messageType ?? (isPrivate ? 'private' : 'public');
}

/** Private messages are not counted. */
export function meizuQuotaOf(settings: MeizuSettings, push: PushNotification): VendorQuota | null {
  if (typeOf(settings, push) === 'private') return null;
  return { name: 'public', perDay: settings.publicPerDay, perDevicePerDay: settings.publicPerDevicePerDay };
}
