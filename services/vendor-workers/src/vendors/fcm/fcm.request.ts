import { type FcmSettings, fcmWords } from '@reveille/contracts/vendors/fcm';
import type { PushNotification } from '@reveille/contracts/push/job';
import { collapseIdOf } from '../collapse-id.js';
import { type FittingTexts, fitPayload } from '../fit-payload.js';
import type { BuiltPush, OpenTarget, RequestContext } from '../../vendor.js';
import { strategyOptions } from '../strategy-options.js';
import { fcmLimits } from './fcm.limits.js';

const uniqueHeaders = ['traceparent'] as const;

/** One request per target: `POST /v1/projects/<project>/messages:send`. */
export function buildFcmRequests(
  settings: FcmSettings,
  push: PushNotification,
  targets: readonly OpenTarget[],
  context: RequestContext,
): readonly BuiltPush[] {
  const message = fcmMessage(asSaid(settings, push), push, context.now);
  // The same for every target but for its token, and written once; it is never empty.
  const rest = message === null ? '' : JSON.stringify(message).slice(1);
  return targets.map((target, index): BuiltPush => {
    if (message === null) {
      const outcome = {
        kind: 'rejected',
        reason: 'payload-too-large',
        vendorCode: 'not sent',
        observedAt: null,
      } as const;
      return { kind: 'impossible', targets: [target], outcome };
    }
    const headers: Record<string, string> = {
      authorization: context.credential.authorization,
      'content-type': 'application/json',
    };
    const traceparent = context.traceparentOf(index);
    if (traceparent !== null) headers['traceparent'] = traceparent;
    const request = {
      method: 'POST' as const,
      origin: settings.endpoint,
      path: `/v1/projects/${encodeURIComponent(settings.projectId)}/messages:send`,
      headers,
      uniqueHeaders,
      body: Buffer.from(`{"message":{"token":${JSON.stringify(target.token)},${rest}}`),
      connectionKey: 'send',
      isUrgent: context.isUrgent,
    };
    return { kind: 'request', targets: [target], request, requestId: null };
  });
}

/** The app's settings as the push's strategy changes them. */
function asSaid(settings: FcmSettings, push: PushNotification): FcmSettings {
  const { resource } = push;
  const own = strategyOptions(fcmWords, push);
  const sound = [own.sound, resource?.sound].find((name) => name !== undefined);
  const action = resource?.clickAction ?? null;
  return {
    ...settings,
    ...(sound !== undefined && { sound }),
    ...(resource?.priority !== undefined && { priority: resource.priority }),
    ...(own.channelId !== undefined && { channelId: own.channelId }),
    ...(action?.kind === 'url' && { webLink: action.url }),
  };
}

/**
 * The message without its token, or null when the sender's payload alone is too large. Nobody here knows what kind of device
 * a registration token belongs to, so each platform's own words lie beside the common ones and FCM takes those that fit.
 *
 * Android's tag, the web's tag and Apple's collapse id are the collapse key, so a repeat replaces what it repeats. There is no
 * `collapse_key` (docs/adr/0013): with one, messages push each other out, and a burst is delayed.
 */
export function fcmMessage(settings: FcmSettings, push: PushNotification, now: number): object | null {
  const seconds = Math.floor((push.expiresAt - now) / 1000);
  const ttlSeconds = Math.min(fcmLimits.maxTtlSeconds, Math.max(1, seconds));
  const write = (texts: FittingTexts): FcmMessage => ({
    ...commonOf(settings, push, texts),
    android: androidOf(settings, push, texts, ttlSeconds),
    webpush: webOf(settings, push, texts, ttlSeconds),
    apns: appleOf(settings, push, texts),
  });
  const limit = fcmLimits.maxPayloadBytes[push.strategy];
  const whole = write(push);
  if (bytesOf(whole) <= limit) return whole;
  const fitted = fitPayload(push, (texts) => largestView(write(texts)), limit);
  return fitted === null ? null : write(fitted);
}

interface FcmMessage {
  readonly notification?: object;
  readonly data?: Readonly<Record<string, string>>;
  readonly android: object;
  readonly webpush: object;
  readonly apns: object;
}

/** No device gets more than the common words and its platform's own; FCM counts keys and values, which is never more than JSON. */
function largestView({ android, webpush, apns, ...common }: FcmMessage): number {
  const { data: _overridden, ...others } = common;
  const forAndroid = 'data' in android ? others : common;
  const views = [
    { ...forAndroid, android },
    { ...common, webpush },
    { ...common, apns },
  ];
  return Math.max(...views.map(bytesOf));
}

function bytesOf(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** Whether Android's system shows the alert; else the app does. */
function isShownBySystem({ alerts }: FcmSettings, { strategy }: PushNotification): boolean {
  return strategy === 'alert' && alerts === 'notification';
}

function textsOf({ title, content }: FittingTexts): Readonly<Record<string, string>> {
  return { ...(title !== '' && { title }), ...(content !== '' && { body: content }) };
}

function commonOf(
  settings: FcmSettings,
  push: PushNotification,
  texts: FittingTexts,
): Pick<FcmMessage, 'notification' | 'data'> {
  const data = {
    ...(push.strategy === 'voip' && textsOf(texts)),
    ...(push.payload !== '' && { payload: push.payload }),
    ...clickUrlOf(push),
    ...(push.strategy !== 'alert' && { tag: push.collapse }),
  };
  return {
    ...(isShownBySystem(settings, push) && { notification: textsOf(texts) }),
    ...(Object.keys(data).length > 0 && { data }),
  };
}

/** FCM's own words open the app or one of its activities: that a tap opens a page is the app's doing. */
function clickUrlOf({ strategy, resource }: PushNotification): Readonly<Record<string, string>> {
  const action = resource?.clickAction;
  return strategy === 'alert' && action?.kind === 'url' ? { clickUrl: action.url } : {};
}

function androidOf(
  settings: FcmSettings,
  push: PushNotification,
  texts: FittingTexts,
  ttlSeconds: number,
): object {
  const { strategy, badgeIncrement } = push;
  const increment = badgeIncrement !== null && badgeIncrement > 0 ? badgeIncrement : null;
  const intent = push.resource?.clickAction?.kind === 'intent' ? push.resource.clickAction.intent : null;
  const shown = {
    tag: push.collapse,
    ...(intent !== null && { click_action: intent }),
    ...(settings.channelId !== null && { channel_id: settings.channelId }),
    ...(settings.sound !== null && { sound: settings.sound }),
    // How many items this notification stands for: launchers add them up.
    ...(increment !== null && { notification_count: increment }),
  };
  const handed = {
    ...textsOf(texts),
    ...(push.payload !== '' && { payload: push.payload }),
    ...clickUrlOf(push),
    ...(intent !== null && { clickIntent: intent }),
    tag: push.collapse,
    ...(push.threadId !== '' && { threadId: push.threadId }),
    ...(push.badge != null && { badge: String(push.badge) }),
    ...(increment !== null && { badgeIncrement: String(increment) }),
  };
  return {
    // A silent push must not wake the phone at once: FCM lowers apps that misuse high priority.
    priority: strategy === 'silent' ? 'normal' : strategy === 'voip' ? 'high' : settings.priority,
    ttl: `${ttlSeconds}s`,
    ...(strategy === 'alert' &&
      (isShownBySystem(settings, push) ? { notification: shown } : { data: handed })),
  };
}

/** Headers of RFC 8030; the notification's options are the browser's (`NotificationOptions`). */
function webOf(
  settings: FcmSettings,
  push: PushNotification,
  texts: FittingTexts,
  ttlSeconds: number,
): object {
  const { strategy } = push;
  const isUrgent = strategy === 'voip' || (strategy === 'alert' && settings.priority === 'high');
  const headers = { TTL: String(ttlSeconds), Urgency: isUrgent ? 'high' : 'normal' };
  if (strategy !== 'alert') return { headers };
  const own = isShownBySystem(settings, push) ? {} : textsOf(texts);
  return {
    headers,
    notification: { ...own, tag: push.collapse },
    ...(settings.webLink !== null && { fcm_options: { link: settings.webLink } }),
  };
}

/** What FCM says to Apple for us. Data for iPhones is a background push, and Apple takes priority 5 alone for it. */
function appleOf(settings: FcmSettings, push: PushNotification, texts: FittingTexts): object {
  const headers = {
    'apns-expiration': String(Math.ceil(push.expiresAt / 1000)),
    'apns-collapse-id': collapseIdOf(push.collapse),
  };
  if (push.strategy !== 'alert') {
    return {
      headers: { ...headers, 'apns-push-type': 'background', 'apns-priority': '5' },
      payload: { aps: { 'content-available': 1 } },
    };
  }
  const aps = {
    ...(!isShownBySystem(settings, push) && { alert: textsOf(texts) }),
    ...(settings.sound !== null && { sound: settings.sound }),
    ...(push.badge != null && { badge: push.badge }),
    ...(push.threadId !== '' && { 'thread-id': push.threadId }),
    ...(push.resource?.mutableContent === true && { 'mutable-content': 1 }),
  };
  return {
    headers: { ...headers, 'apns-priority': settings.priority === 'high' ? '10' : '5' },
    ...(Object.keys(aps).length > 0 && { payload: { aps } }),
  };
}
