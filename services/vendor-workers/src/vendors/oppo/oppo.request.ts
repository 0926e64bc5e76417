import { hash } from 'node:crypto';
import type { PushNotification } from '@reveille/contracts/push/job';
import {
  type OppoPresentation,
  type OppoSettings,
  oppoPresentation,
  type OppoTemplate,
  oppoWords,
} from '@reveille/contracts/vendors/oppo';
import { fitText, utf16Units } from '../fit-text.js';
import { notifyIdOf } from '../notify-id.js';
import { strategyOptions } from '../strategy-options.js';
import type { BuiltPush, OpenTarget, RequestContext, VendorRequest } from '../../vendor.js';
import {
  actionParameterCharacters,
  callbackUrlCharacters,
  longContentCharacters,
  mostBatchBytes,
  oppoLimits,
  titleCharacters,
} from './oppo.limits.js';

const encoder = new TextEncoder();
const styles = { standard: 1, long: 2 } as const;

/**
 * One target: `unicast`. More: `unicast_batch`, up to 1000 in a request, or as many as a body should hold. Every message of a
 * batch is its own, with its own `app_message_id`: OPPO delivers each to its target once, however often it is repeated under that id.
 */
export function buildOppoRequests(
  settings: OppoSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const notification = oppoNotification(settings, push, context);
  if (typeof notification === 'string') {
    const outcome = {
      kind: 'rejected',
      reason: notification,
      vendorCode: 'not sent',
      observedAt: null,
    } as const;
    return [{ kind: 'impossible', targets, outcome }];
  }
  const messageOf = encodeMessages(settings, notification, context);
  const most = mostTargets(messageOf(targets[0] as OpenTarget, 0).length);
  const built: BuiltPush[] = [];
  for (let start = 0; start < targets.length; start += most) {
    const part = targets.slice(start, start + most);
    const messages = part.map((target, index) => messageOf(target, start + index));
    const form =
      messages.length === 1
        ? ({ call: 'unicast', field: `message=${messages[0]}` } as const)
        : ({ call: 'unicast_batch', field: `messages=%5B${messages.join('%2C')}%5D` } as const);
    const request = oppoRequest(settings, form, context, start);
    built.push({ kind: 'request', targets: part, request, requestId: null });
  }
  return built;
}

/** Messages as they stand in the form: all but the target and its id is written once. */
function encodeMessages(
  { verifyRegistrationId }: OppoSettings,
  notification: object,
  { requestKeyOf }: RequestContext,
): (target: OpenTarget, index: number) => string {
  const before = encodeURIComponent('{"target_type":2,"target_value":');
  const between = encodeURIComponent(
    `,"verify_registration_id":${verifyRegistrationId},"notification":{"app_message_id":"`,
  );
  const after = encodeURIComponent(`",${JSON.stringify(notification).slice(1)}}`);
  return ({ token }, index) =>
    before + encodeURIComponent(JSON.stringify(token)) + between + oppoMessageId(requestKeyOf(index)) + after;
}

function mostTargets(messageBytes: number): number {
  const fitting = Math.floor(mostBatchBytes / (messageBytes + '%2C'.length));
  return Math.max(1, Math.min(oppoLimits.maxTargets, fitting));
}

function oppoRequest(
  settings: OppoSettings,
  { call, field }: { readonly call: 'unicast' | 'unicast_batch'; readonly field: string },
  { credential, isUrgent, traceparentOf }: RequestContext,
  firstTarget: number,
): VendorRequest {
  const traceparent = traceparentOf(firstTarget);
  return {
    method: 'POST',
    origin: settings.endpoint,
    path: `/server/v1/message/notification/${call}`,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
      ...(traceparent !== null && { traceparent }),
    },
    uniqueHeaders: ['traceparent'],
    body: encoder.encode(`auth_token=${encodeURIComponent(credential.authorization)}&${field}`),
    connectionKey: 'send',
    isUrgent,
  };
}

/** The same for the same key; 32 characters of `[0-9a-f]`. */
function oppoMessageId(key: string): string {
  return hash('sha256', key, 'hex').slice(0, 32);
}

/** The notification without its `app_message_id`, or why OPPO can take none. */
export function oppoNotification(
  settings: OppoSettings,
  push: PushNotification,
  context: Pick<RequestContext, 'now' | 'receiptUrl' | 'receiptParam'>,
): object | 'payload-too-large' | 'payload-invalid' {
  // The router withholds what OPPO cannot do; a job from before its settings changed may still come.
  if (push.strategy !== 'alert') return 'payload-invalid';
  const click = clickOf(push);
  if (click === null) return 'payload-too-large';
  const shown = presentationOf(settings, push);
  const texts = textsOf(settings, push, shown);
  if (texts === null) return 'payload-invalid';
  const seconds = Math.floor((push.expiresAt - context.now) / 1000);
  return {
    style: styles[shown.style],
    ...texts,
    ...click,
    off_line: true,
    off_line_ttl: Math.min(oppoLimits.maxTtlSeconds, Math.max(1, seconds)),
    notify_id: notifyIdOf(push.collapse),
    ...(shown.channelId !== null && { channel_id: shown.channelId }),
    ...(shown.category !== null && { category: shown.category }),
    ...(shown.notifyLevel !== null && { notify_level: shown.notifyLevel }),
    ...badgeOf(push),
    ...callbackOf(context),
  };
}

/** What the push looks like: the strategy's words, else the app's. */
export function presentationOf(settings: OppoSettings, push: PushNotification): OppoPresentation {
  return oppoPresentation(strategyOptions(oppoWords, push), push.resource?.class ?? 'chat', settings);
}

/** OPPO refuses a notification without title or text: what is missing takes the other's place. Null: there is neither. */
function textsOf(settings: OppoSettings, push: PushNotification, shown: OppoPresentation): object | null {
  const most = shown.style === 'long' ? longContentCharacters : settings.contentCharacters;
  const title = fitText(isBlank(push.title) ? push.content : push.title, titleCharacters, utf16Units);
  const content = fitText(isBlank(push.content) ? push.title : push.content, most, utf16Units);
  if (isBlank(title) || isBlank(content)) return null;
  return { title, content, ...(shown.template !== null && templateOf(shown.template, { title, content })) };
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function templateOf(
  template: OppoTemplate,
  texts: { readonly title: string; readonly content: string },
): object {
  const fill = (parameters: OppoTemplate['titleParameters']): string =>
    JSON.stringify(Object.fromEntries(Object.entries(parameters).map(([name, text]) => [name, texts[text]])));
  return {
    private_msg_template_id: template.id,
    private_title_parameters: fill(template.titleParameters),
    private_content_parameters: fill(template.contentParameters),
  };
}

/**
 * What a tap does, and the sender's payload, which OPPO hands to the app as an intent's extras; null: it is too large. A web
 * page gets no payload: OPPO would write it into the page's address.
 */
function clickOf({ payload, resource }: PushNotification): object | null {
  const action = resource?.clickAction ?? { kind: 'app' };
  if (payload === '' || action.kind === 'url') return actionOf(action);
  const parameters = JSON.stringify({ payload });
  if (utf16Units(parameters) > actionParameterCharacters) return null;
  return { ...actionOf(action), action_parameters: parameters };
}

/** 0 the app, 1 an action that the app declares, 2 a page, 5 an intent URI. */
function actionOf(action: NonNullable<NonNullable<PushNotification['resource']>['clickAction']>): object {
  switch (action.kind) {
    case 'app':
      return { click_action_type: 0 };
    case 'url':
      return { click_action_type: 2, click_action_url: action.url };
    case 'intent':
      return action.intent.includes(':')
        ? { click_action_type: 5, click_action_url: action.intent }
        : { click_action_type: 1, click_action_activity: action.intent };
  }
}

/** The sender's own number, or so many more. */
function badgeOf({ badge, badgeIncrement }: PushNotification): object {
  if (badge != null) return { badge_operation_type: 0, badge_message_count: badge };
  return badgeIncrement !== null && badgeIncrement > 0
    ? { badge_operation_type: 1, badge_message_count: badgeIncrement }
    : {};
}

/** Without an address that OPPO takes there is no receipt; the push goes out nevertheless. */
function callbackOf({
  receiptUrl,
  receiptParam,
}: Pick<RequestContext, 'receiptUrl' | 'receiptParam'>): object {
  if (receiptUrl === null || receiptUrl.length > callbackUrlCharacters) return {};
  return {
    call_back_url: receiptUrl,
    ...(receiptParam !== null && { call_back_parameter: receiptParam }),
  };
}
