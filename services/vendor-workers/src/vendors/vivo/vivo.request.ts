import { hash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import {
  type VivoPresentation,
  vivoPresentation,
  type VivoSettings,
  vivoWords,
} from '@reveille/contracts/vendors/vivo';
import { fitText, utf16Units } from '../fit-text.js';
import { notifyIdOf } from '../notify-id.js';
import { strategyOptions } from '../strategy-options.js';
import type { BuiltPush, BuiltRequest, OpenTarget, RequestContext, VendorRequest } from '../../vendor.js';
import {
  callbackParamCharacters,
  callbackUrlCharacters,
  customMapCharacters,
  requestIdCharacters,
  shortestTtlSeconds,
  vivoLimits,
} from './vivo.limits.js';

export const savePath = '/message/saveListPayload';
const singlePath = '/message/send';
const listPath = '/message/pushToList';
const encoder = new TextEncoder();
const notifyTypes = { none: 1, ring: 2, vibrate: 3, both: 4 } as const;
const classifications = { operational: 0, system: 1 } as const;

/** One target: `send`. More: a saved body here, and its list of up to 1000 with the answer's task id (`listRequest`). */
export function buildVivoRequests(
  settings: VivoSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const built: BuiltPush[] = [];
  for (let start = 0; start < targets.length; start += vivoLimits.maxTargets) {
    const part = targets.slice(start, start + vivoLimits.maxTargets);
    const message = vivoMessage(settings, push, context, part.length > 1);
    if (typeof message === 'string') {
      const outcome = {
        kind: 'rejected',
        reason: message,
        vendorCode: 'not sent',
        observedAt: null,
      } as const;
      built.push({ kind: 'impossible', targets: part, outcome });
      continue;
    }
    const requestId = vivoRequestId(part.map((_target, index) => context.requestKeyOf(start + index)));
    const [only] = part;
    const { path, body } =
      part.length === 1
        ? { path: singlePath, body: { ...message, regId: only?.token, requestId } }
        : // Saving reaches nobody: a body that was saved twice does no harm, and one without its task id is of no use.
          { path: savePath, body: { ...message, requestId: context.nonce().slice(0, requestIdCharacters) } };
    built.push({
      kind: 'request',
      targets: part,
      request: vivoRequest(settings, path, body, context, start),
      requestId,
    });
  }
  return built;
}

/** The list of targets that a saved body goes to. */
export function listRequest(settings: VivoSettings, built: BuiltRequest, taskId: string): VendorRequest {
  const body = {
    appId: settings.appId,
    regIds: built.targets.map(({ token }) => token),
    taskId,
    requestId: built.requestId,
    pushMode: settings.testMode ? 1 : 0,
  };
  return { ...built.request, path: listPath, body: encoder.encode(JSON.stringify(body)) };
}

function vivoRequest(
  settings: VivoSettings,
  path: string,
  body: object,
  { credential, isUrgent, traceparentOf }: RequestContext,
  firstTarget: number,
): VendorRequest {
  const traceparent = traceparentOf(firstTarget);
  return {
    method: 'POST',
    origin: settings.endpoint,
    path,
    headers: {
      authtoken: credential.authorization,
      'content-type': 'application/json;charset=UTF-8',
      accept: 'application/json',
      ...(traceparent !== null && { traceparent }),
    },
    uniqueHeaders: ['traceparent'],
    body: encoder.encode(JSON.stringify(body)),
    connectionKey: 'send',
    isUrgent,
  };
}

/** The same for the same targets under the same keys; 32 characters of `[0-9a-f]`. */
function vivoRequestId(keys: readonly string[]): string {
  return hash('sha256', keys.join('\n\n'), 'hex').slice(0, 32);
}

/** The message without target and request id, or why vivo can take none. */
function vivoMessage(
  settings: VivoSettings,
  push: PushNotification,
  context: RequestContext,
  isList: boolean,
): object | 'payload-too-large' | 'payload-invalid' {
  // The router withholds what vivo cannot do; a job from before its settings changed may still come.
  if (push.strategy !== 'alert') return 'payload-invalid';
  const texts = textsOf(settings, push);
  if (texts === null) return 'payload-invalid';
  const { payload } = push;
  if ('payload'.length + utf16Units(payload) > customMapCharacters) return 'payload-too-large';
  const shown = vivoShown(settings, push);
  const seconds = Math.floor((push.expiresAt - context.now) / 1000);
  return {
    appId: settings.appId,
    ...texts,
    notifyType: notifyTypes[isSilenced(push) ? 'none' : shown.notify],
    timeToLive: Math.min(settings.longestTtlSeconds, Math.max(shortestTtlSeconds, seconds)),
    ...skipOf(push),
    networkType: -1,
    classification: classifications[shown.classification],
    ...(shown.category !== null && { category: shown.category }),
    ...(payload !== '' && { clientCustomMap: { payload } }),
    ...extraOf(settings, context, isList),
    pushMode: settings.testMode ? 1 : 0,
    notifyId: notifyIdOf(push.collapse),
    ...(!shown.foregroundShow && { foregroundShow: false }),
    ...(shown.sendOnline && { sendOnline: true }),
    ...(push.badgeIncrement !== null && push.badgeIncrement > 0 && { addBadge: true }),
  };
}

/** What the push looks like: the strategy's words, else the app's. */
export function vivoShown(settings: VivoSettings, push: PushNotification): VivoPresentation {
  return vivoPresentation(strategyOptions(vivoWords, push), push.resource?.class ?? 'chat', settings);
}

function isSilenced({ resource }: PushNotification): boolean {
  return resource?.sound === null;
}

/** vivo refuses a message without title or text: what is missing takes the other's place. Null: there is neither. */
function textsOf(settings: VivoSettings, push: PushNotification): object | null {
  const sizeOf = settings.countsWideTwice ? wideTwice : utf16Units;
  const [title, content] = [push.title.trim(), push.content.trim()];
  const texts = {
    title: fitText(title === '' ? content : push.title, settings.titleCharacters, sizeOf),
    content: fitText(content === '' ? title : push.content, settings.contentCharacters, sizeOf),
  };
  return texts.title === '' || texts.content === '' ? null : texts;
}

const lastOfLatin1 = 0xff;

/** What lies beyond Latin-1 counts two. */
function wideTwice(text: string): number {
  let size = 0;
  for (let at = 0; at < text.length; at++) size += text.charCodeAt(at) > lastOfLatin1 ? 2 : 1;
  return size;
}

/** 1 the app, 2 a link, 4 a page of the app. */
function skipOf({ resource }: PushNotification): object {
  const action = resource?.clickAction;
  switch (action?.kind) {
    case 'url':
      return { skipType: 2, skipContent: action.url };
    case 'intent':
      return { skipType: 4, skipContent: action.intent };
    default:
      return { skipType: 1 };
  }
}

/** The id of a registered address, else the address itself where vivo takes one: in a single push. */
function extraOf(
  { receiptId }: VivoSettings,
  { receiptUrl, receiptParam }: RequestContext,
  isList: boolean,
): object {
  const fits = receiptUrl !== null && !isList && receiptUrl.length <= callbackUrlCharacters;
  const where = receiptId !== null ? { 'callback.id': receiptId } : fits ? { callback: receiptUrl } : null;
  if (where === null) return {};
  const param = receiptParam !== null && receiptParam.length <= callbackParamCharacters ? receiptParam : null;
  return { extra: { ...where, ...(param !== null && { 'callback.param': param }) } };
}
