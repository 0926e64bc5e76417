import type { HuaweiCode } from './huawei.codes.js';
import { isInteger, isObject, objectAt, parseObject, textAt, type Json } from '../read-json.js';
import { faultOfNotification } from './huawei.notification.js';

const mostTokens = 1_000;
const longestBodyBytes = 4_096;
const longestTtlSeconds = 1_296_000;
const defaultTtlSeconds = 86_400;
const ttlForm = /^\d{1,12}(\.\d{1,9})?s?$/;
const mostConditionTopics = 5;
export const voiceCategory = 'PLAY_VOICE';
export const marketingCategory = 'MARKETING';
const categories = [
  'IM',
  'VOIP',
  'SUBSCRIPTION',
  'TRAVEL',
  'HEALTH',
  'WORK',
  'ACCOUNT',
  'EXPRESS',
  'FINANCE',
  'DEVICE_REMINDER',
  'SYSTEM_REMINDER',
  'MAIL',
  voiceCategory,
  marketingCategory,
];

/** A message as its form says it, before anybody looks at tokens and rights. */
export interface HuaweiMessage {
  readonly validateOnly: boolean;
  /** As they stand there, twice where they stand twice; empty for a topic or a condition. */
  readonly tokens: readonly string[];
  readonly data: string | null;
  readonly isNotification: boolean;
  readonly title: string | null;
  readonly body: string | null;
  readonly notifyId: number | null;
  readonly badge: { readonly set: number } | { readonly add: number } | null;
  readonly isHigh: boolean;
  readonly category: string | null;
  readonly ttlSeconds: number;
  /** -1 keeps everything. */
  readonly collapseKey: number;
  readonly biTag: string | null;
  readonly receiptId: string | null;
  readonly isTest: boolean;
  readonly hidesInForeground: boolean;
  /** The body without its tokens, for the ledger. */
  readonly payload: string;
}

export interface HuaweiFault {
  readonly code: HuaweiCode;
  /** What is wrong, in our words. */
  readonly tips: string;
}

const fault = (code: HuaweiCode, tips: string): HuaweiFault => ({ code, tips });
const wrong = (tips: string): HuaweiFault => fault('80100001', tips);
/** Reads a body by Huawei's document of the downlink message API. */
export function readMessage(text: string): HuaweiMessage | HuaweiFault {
  const root = parseObject(text);
  if (root === null) return fault('80100003', 'not a JSON object');
  // Huawei finds no tokens in a message that is misspelt, and says just that.
  if (!isObject(root['message'])) return fault('80300010', 'no message');
  const message = root['message'];
  const target = faultOfTarget(message);
  if (target !== null) return target;
  const tokens = (message['token'] ?? []) as readonly string[];
  const { token: _token, ...rest } = message;
  const payload = JSON.stringify({ ...root, message: rest });
  if (Buffer.byteLength(text) - Buffer.byteLength(JSON.stringify(tokens)) > longestBodyBytes)
    return fault('80300008', `over ${longestBodyBytes} bytes`);
  const android = objectAt(message, 'android');
  const own = objectAt(android, 'notification');
  const common = objectAt(message, 'notification');
  const isNotification = isObject(message['notification']) || isObject(android['notification']);
  const found = faultOfRoot(root, message) ?? faultOfAndroid(android, isNotification);
  if (found !== null) return found;
  const shown = isNotification ? faultOfNotification(own, common) : null;
  if (shown !== null) return wrong(shown);
  const ttlSeconds = ttlOf(android['ttl']);
  const data = textAt(android, 'data') ?? textAt(message, 'data');
  if (!isNotification && data === null && !isObject(message['apns']) && !isObject(message['webpush']))
    return fault('80100003', 'neither data nor notification');
  const notifyId = own['notify_id'];
  return {
    validateOnly: root['validate_only'] === true,
    tokens,
    data,
    isNotification,
    title: textAt(own, 'title') ?? textAt(common, 'title'),
    body: textAt(own, 'body') ?? textAt(common, 'body'),
    notifyId: typeof notifyId === 'number' && notifyId !== -1 ? notifyId : null,
    badge: badgeOf(own['badge']),
    isHigh: android['urgency'] === 'HIGH',
    category: textAt(android, 'category'),
    ttlSeconds,
    collapseKey: typeof android['collapse_key'] === 'number' ? android['collapse_key'] : -1,
    biTag: textAt(android, 'bi_tag'),
    receiptId: textAt(android, 'receipt_id'),
    isTest: android['target_user_type'] === 1,
    hidesInForeground: own['foreground_show'] === false,
    payload,
  };
}

/** Exactly one of token, topic and condition. */
function faultOfTarget(message: Json): HuaweiFault | null {
  const { token, topic, condition } = message;
  const given = [token, topic, condition].filter((each) => each !== undefined).length;
  if (given === 0) return fault('80300010', 'no token, topic or condition');
  if (given > 1) return wrong('more than one of token, topic and condition');
  if (topic !== undefined) return typeof topic === 'string' && topic !== '' ? null : wrong('topic');
  if (condition !== undefined) return faultOfCondition(condition);
  if (!Array.isArray(token) || !token.every((each) => typeof each === 'string'))
    return fault('80100003', 'token is not a list of texts');
  return token.length >= 1 && token.length <= mostTokens ? null : fault('80300010', 'the number of tokens');
}

function faultOfCondition(condition: unknown): HuaweiFault | null {
  if (typeof condition !== 'string') return wrong('condition');
  const topics = condition.match(/'[^']+'\s+in\s+topics/g)?.length ?? 0;
  return topics >= 1 && topics <= mostConditionTopics ? null : wrong('condition');
}

function faultOfRoot(root: Json, message: Json): HuaweiFault | null {
  if (root['validate_only'] !== undefined && typeof root['validate_only'] !== 'boolean')
    return wrong('validate_only');
  if (message['data'] !== undefined && typeof message['data'] !== 'string')
    return fault('80100003', 'data is not a text');
  for (const name of ['notification', 'android', 'apns', 'webpush'])
    if (message[name] !== undefined && !isObject(message[name]))
      return fault('80100003', `${name} is not an object`);
  return null;
}

function faultOfAndroid(android: Json, isNotification: boolean): HuaweiFault | null {
  const { collapse_key: collapseKey, category, ttl } = android;
  if (collapseKey !== undefined && !isInteger(collapseKey, -1, 100)) return fault('80100013', 'collapse_key');
  if (android['urgency'] !== undefined && android['urgency'] !== 'HIGH' && android['urgency'] !== 'NORMAL')
    return wrong('urgency');
  if (category !== undefined && !(categories as readonly unknown[]).includes(category))
    return wrong('category');
  if (category === voiceCategory && isNotification) return wrong('PLAY_VOICE is for data messages');
  if (ttl !== undefined) {
    if (typeof ttl !== 'string' || !ttlForm.test(ttl) || ttlOf(ttl) > longestTtlSeconds) return wrong('ttl');
    if (ttlOf(ttl) === 0) return fault('80100004', 'ttl');
  }
  for (const name of ['bi_tag', 'receipt_id', 'data'])
    if (android[name] !== undefined && typeof android[name] !== 'string') return wrong(name);
  if (android['fast_app_target'] !== undefined && !isInteger(android['fast_app_target'], 1, 2))
    return wrong('fast_app_target');
  if (android['target_user_type'] !== undefined && !isInteger(android['target_user_type'], 0, 1))
    return wrong('target_user_type');
  if (android['notification'] !== undefined && !isObject(android['notification']))
    return fault('80100003', 'android.notification is not an object');
  return null;
}

function badgeOf(badge: unknown): HuaweiMessage['badge'] {
  if (!isObject(badge)) return null;
  if (typeof badge['set_num'] === 'number') return { set: badge['set_num'] };
  return { add: typeof badge['add_num'] === 'number' ? badge['add_num'] : 1 };
}

function ttlOf(ttl: unknown): number {
  return typeof ttl === 'string' ? Number.parseFloat(ttl) : defaultTtlSeconds;
}
