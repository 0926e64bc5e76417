import type { HarmonyCode } from './harmony.codes.js';
import { isInteger, isObject, objectAt, parseObject, textAt, type Json } from '../read-json.js';
import { faultOfNotification, voiceCategory } from './harmony.notification.js';

const mostTokens = 1_000;
const mostTestTokens = 10;
const longestBodyBytes = 4_096;
const longestTtlSeconds = 1_296_000;
const defaultTtlSeconds = 86_400;
const longestTagBytes = 64;

/** The header `push-type`. */
export const pushTypes = {
  alert: '0',
  form: '1',
  voice: '2',
  background: '6',
  liveView: '7',
  call: '10',
} as const;
type PushType = (typeof pushTypes)[keyof typeof pushTypes];
const shownTypes: readonly PushType[] = [pushTypes.alert, pushTypes.voice];
const handedTypes: readonly PushType[] = [pushTypes.voice, pushTypes.background, pushTypes.call];

/** A message as its form says it, before anybody looks at tokens and rights. */
export interface HarmonyMessage {
  readonly pushType: PushType;
  /** As they stand there, twice where they stand twice. */
  readonly tokens: readonly string[];
  readonly isShown: boolean;
  readonly title: string | null;
  readonly body: string | null;
  readonly category: string | null;
  readonly notifyId: number | null;
  readonly badge: { readonly set: number } | { readonly add: number } | null;
  /** What the app is handed, JSON. */
  readonly data: string;
  readonly ttlSeconds: number;
  /** -1 keeps everything. */
  readonly collapseKey: number;
  readonly biTag: string | null;
  readonly receiptId: string | null;
  readonly isTest: boolean;
  /** The body without its tokens, for the ledger. */
  readonly payload: string;
}

export interface HarmonyFault {
  readonly code: HarmonyCode;
  /** What is wrong, in our words. */
  readonly tips: string;
}

const fault = (code: HarmonyCode, tips: string): HarmonyFault => ({ code, tips });
const wrong = (tips: string): HarmonyFault => fault('80100001', tips);

/** Reads a body by the document of the scenario-based message API. */
export function readMessage(text: string, header: string | undefined): HarmonyMessage | HarmonyFault {
  const pushType = Object.values(pushTypes).find((type) => type === header);
  if (pushType === undefined) return wrong('push-type');
  const root = parseObject(text);
  if (root === null) return fault('80100003', 'not a JSON object');
  const target = root['target'];
  if (!isObject(target)) return fault('80300010', 'no target');
  const { token: tokens } = target;
  if (!Array.isArray(tokens) || !tokens.every((token): token is string => typeof token === 'string'))
    return fault('80300010', 'no list of tokens');
  if (Buffer.byteLength(text) - Buffer.byteLength(JSON.stringify(tokens)) > longestBodyBytes)
    return fault('80300008', `over ${longestBodyBytes} bytes`);
  const options = objectAt(root, 'pushOptions');
  const payload = root['payload'];
  const isTest = options['testMessage'] === true;
  const found =
    faultOfTokens(tokens.length, pushType, isTest) ??
    faultOfOptions(root['pushOptions'], options, pushType) ??
    (isObject(payload) ? faultOfPayload(payload, pushType) : fault('80100003', 'no payload'));
  if (found !== null) return found;
  const content = objectAt(root, 'payload');
  const notification = objectAt(content, 'notification');
  const { token: _token, ...rest } = target;
  const notifyId = notification['notifyId'];
  return {
    pushType,
    tokens,
    isShown: shownTypes.includes(pushType),
    title: textAt(notification, 'title'),
    body: textAt(notification, 'body'),
    category: textAt(notification, 'category'),
    notifyId: typeof notifyId === 'number' ? notifyId : null,
    badge: badgeOf(notification['badge']),
    data: dataOf(content, pushType),
    ttlSeconds: typeof options['ttl'] === 'number' ? options['ttl'] : defaultTtlSeconds,
    collapseKey: typeof options['collapseKey'] === 'number' ? options['collapseKey'] : -1,
    biTag: textAt(options, 'biTag'),
    receiptId: textAt(options, 'receiptId'),
    isTest,
    payload: JSON.stringify({ ...root, target: rest }),
  };
}

function faultOfTokens(count: number, pushType: PushType, isTest: boolean): HarmonyFault | null {
  const most = pushType === pushTypes.form ? 1 : mostTokens;
  if (count < 1 || count > most) return fault('80300010', 'the number of tokens');
  return isTest && count > mostTestTokens ? fault('80300030', 'the number of tokens of a test') : null;
}

function faultOfOptions(given: unknown, options: Json, pushType: PushType): HarmonyFault | null {
  if (given !== undefined && !isObject(given)) return fault('80100003', 'pushOptions');
  const { testMessage, ttl, biTag, receiptId, collapseKey } = options;
  if (testMessage !== undefined && typeof testMessage !== 'boolean') return wrong('testMessage');
  if (ttl === 0) return fault('80100004', 'ttl');
  if (ttl !== undefined && !isInteger(ttl, 1, longestTtlSeconds)) return wrong('ttl');
  if (biTag !== undefined && (typeof biTag !== 'string' || Buffer.byteLength(biTag) > longestTagBytes))
    return wrong('biTag');
  if (receiptId !== undefined && typeof receiptId !== 'string') return wrong('receiptId');
  if (collapseKey === undefined) return null;
  return isInteger(collapseKey, -1, 100) && shownTypes.includes(pushType)
    ? null
    : fault('80100013', 'collapseKey');
}

function faultOfPayload(payload: Json, pushType: PushType): HarmonyFault | null {
  const { notification, extraData } = payload;
  if (handedTypes.includes(pushType) && typeof extraData !== 'string')
    return fault('80100003', 'extraData is not a text');
  if (!shownTypes.includes(pushType)) return null;
  if (!isObject(notification)) return fault('80100003', 'no notification');
  const found = faultOfNotification(notification);
  if (found !== null) return wrong(found);
  const isVoice = notification['category'] === voiceCategory;
  return isVoice && pushType !== pushTypes.voice ? wrong('PLAY_VOICE is for push-type 2') : null;
}

function badgeOf(badge: unknown): HarmonyMessage['badge'] {
  if (!isObject(badge)) return null;
  if (typeof badge['setNum'] === 'number') return { set: badge['setNum'] };
  return typeof badge['addNum'] === 'number' ? { add: badge['addNum'] } : null;
}

/** A tap on an alert hands over `clickAction.data`; other types hand over a text, or the payload as it is. */
function dataOf(payload: Json, pushType: PushType): string {
  if (pushType === pushTypes.alert)
    return JSON.stringify(objectAt(objectAt(objectAt(payload, 'notification'), 'clickAction'), 'data'));
  const text = textAt(payload, 'extraData');
  if (text === null) return JSON.stringify(payload);
  return parseObject(text) === null ? JSON.stringify({ extraData: text }) : text;
}
