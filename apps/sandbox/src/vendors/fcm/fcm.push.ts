import type { PhoneDescription } from '../../phones.js';
import type { AcceptedPush } from '../../push.js';
import { childOf, textIn, type FcmSend } from './fcm.validate.js';
import { isObject, type Json } from './fcm.read-json.js';

const longestTtlSeconds = 2_419_200;

/** What the phone gets of a send: each platform's own words lie over the common ones. */
export function readFcmPush(
  send: FcmSend,
  phone: Pick<PhoneDescription, 'bundle' | 'details'>,
  vendorId: string,
  now: number,
  usesDefaultCollapseKey: boolean,
): AcceptedPush {
  if (phone.details['platform'] === 'ios') return readIosPush(send, phone, vendorId, now);
  const isWeb = phone.details['platform'] === 'web';
  const own = childOf(send.message, isWeb ? 'webpush' : 'android');
  const hasNotification = send.message['notification'] !== undefined || own['notification'] !== undefined;
  const notification = { ...childOf(send.message, 'notification'), ...childOf(own, 'notification') };
  return {
    vendorId,
    kind: hasNotification ? 'notification' : 'data',
    collapseId: null,
    tag: textIn(notification, 'tag'),
    title: textIn(notification, 'title'),
    body: textIn(notification, 'body'),
    badge: typeof notification['notification_count'] === 'number' ? notification['notification_count'] : null,
    data: JSON.stringify(isObject(own['data']) ? own['data'] : childOf(send.message, 'data')),
    ...(isWeb
      ? keptForWeb(childOf(own, 'headers'), now)
      : keptForAndroid(send, hasNotification && usesDefaultCollapseKey ? phone.bundle : null, now)),
  };
}

type Kept = Pick<AcceptedPush, 'expiresAt' | 'storageKey'>;

/** By default notification messages are collapsible, with the package name as their key. */
function keptForAndroid(send: FcmSend, defaultKey: string | null, now: number): Kept {
  return {
    expiresAt: expiryOf(send.ttlSeconds ?? longestTtlSeconds, now),
    storageKey: send.collapseKey ?? defaultKey,
  };
}

/** RFC 8030: what Android's block says does not concern the web. */
function keptForWeb(headers: Json, now: number): Kept {
  const ttl = textIn(headers, 'TTL');
  const isSeconds = ttl !== null && /^\d{1,9}$/.test(ttl);
  return {
    expiresAt: expiryOf(isSeconds ? Math.min(Number(ttl), longestTtlSeconds) : longestTtlSeconds, now),
    storageKey: null,
  };
}

function expiryOf(ttlSeconds: number, now: number): number {
  return ttlSeconds === 0 ? 0 : now + ttlSeconds * 1_000;
}

function readIosPush(
  send: FcmSend,
  phone: Pick<PhoneDescription, 'bundle' | 'details'>,
  vendorId: string,
  now: number,
): AcceptedPush {
  const apns = childOf(send.message, 'apns');
  const headers = childOf(apns, 'headers');
  const { aps: rawAps, ...custom } = childOf(apns, 'payload');
  const aps = isObject(rawAps) ? rawAps : {};
  const alert: Json = isObject(aps['alert']) ? aps['alert'] : { body: aps['alert'] };
  const common = childOf(send.message, 'notification');
  const title = textIn(alert, 'title') ?? textIn(common, 'title');
  const body = textIn(alert, 'body') ?? textIn(common, 'body');
  const expiration = textIn(headers, 'apns-expiration');
  return {
    vendorId,
    kind: title === null && body === null ? 'data' : 'notification',
    collapseId: textIn(headers, 'apns-collapse-id'),
    tag: null,
    title,
    body,
    badge: typeof aps['badge'] === 'number' ? aps['badge'] : null,
    data: JSON.stringify({ ...childOf(send.message, 'data'), aps, ...custom }),
    expiresAt: expiration === null ? now + longestTtlSeconds * 1_000 : Number(expiration) * 1_000,
    storageKey: phone.bundle,
  };
}
