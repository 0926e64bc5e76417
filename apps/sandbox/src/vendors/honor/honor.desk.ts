import type { PlannedAnswer } from '../../faults.js';
import type { Phone } from '../../phones.js';
import type { AcceptedPush } from '../../push.js';
import { decodePart } from '../../wire/decode-part.js';
import type { Exchange } from '../../wire/exchange.js';
import type { CallResult, TargetResult, VendorCall } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HonorAppRegistration, HonorApps } from './honor.apps.js';
import type { HonorOauth } from './honor.oauth.js';
import type { HonorQuotas } from './honor.quotas.js';
import type { HonorSwitches } from './honor.switches.js';
import { type HonorNotification, type HonorSend, readHonorSend } from './honor.validate.js';

const sendPath = /^\/api\/v1\/([^/]+)\/sendMessage$/;
const highestBadge = 99;

/** Answers by the statuses that Honor's interface is known to have; what a code of its own would say is not documented. */
const messages = {
  400: 'parameter error',
  401: 'token is invalid or expired',
  403: 'no permission',
  404: 'no such app',
  429: 'too many requests',
  500: 'internal error',
  503: 'service unavailable',
} as const;
type KnownStatus = keyof typeof messages;
const ok = 200;

/** Lists of an answer, in which a target may stand. */
const lists = ['failTokens', 'expireTokens'] as const;
type ListName = (typeof lists)[number];

export interface HonorSurroundings {
  readonly desk: VendorDesk;
  readonly apps: HonorApps;
  readonly oauth: HonorOauth;
  readonly quotas: HonorQuotas;
  readonly switches: HonorSwitches;
}

export function isHonorError(reason: string): boolean {
  return reason === 'not-sent' || lists.some((name) => name === reason) || reason in messages;
}

/** The app in a send path; null when the path is another one. */
export function appInPath(path: string): string | null {
  const part = sendPath.exec(path.split('?')[0] ?? '')?.[1];
  return part === undefined ? null : decodePart(part);
}

/** `sendMessage`: credential, timestamp, form, rate, then target by target. */
export function sendCall(at: HonorSurroundings, exchange: Exchange, appId: string): VendorCall {
  const text = exchange.body.toString('utf8');
  const read = readHonorSend(text);
  const send = typeof read === 'string' ? null : read;
  const tag = send === null ? null : tagOf(send.notification);
  return {
    vendor: 'honor',
    environment: null,
    topic: appId,
    pushType: send?.notification?.importance ?? null,
    targets: (send?.tokens ?? []).map((token) => ({ token, collapseId: null, tag })),
    payload: text,
    process: (planned) => process(at, exchange, appId, read, planned),
    planned: (action) => plannedResult(at, send?.tokens ?? [], action),
  };
}

function process(
  at: HonorSurroundings,
  exchange: Exchange,
  appId: string,
  read: HonorSend | string,
  planned: ReadonlyMap<number, PlannedAnswer>,
): CallResult {
  const now = at.desk.clock.now();
  const app = at.apps.find(appId);
  const refused = refusalOf(at, exchange, app, read, now);
  if (refused !== null || app === null || typeof read === 'string') return refused ?? refuse(404);
  const requestId = at.desk.random.uuid();
  const results = read.tokens.map((token, place) =>
    sendTo(at, app, read, token, planned.get(place)?.reason ?? null, requestId, now),
  );
  return answerOf(at, read.tokens, results, requestId);
}

function refusalOf(
  { desk: _desk, oauth, quotas, switches }: HonorSurroundings,
  { method, headers }: Exchange,
  app: HonorAppRegistration | null,
  read: HonorSend | string,
  now: number,
): CallResult | null {
  const bearer = /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1];
  const holder = bearer === undefined ? null : oauth.appOf(bearer, now);
  if (holder === null) return refuse(401);
  if (app === null || method !== 'POST') return refuse(404);
  if (holder !== app.appId || !app.isPushOn) return refuse(403);
  const { timestamp = '' } = headers;
  const isFresh =
    /^\d{13}$/.test(timestamp) && Math.abs(now - Number(timestamp)) <= switches.timestampWindowMs;
  if (!isFresh) return refuse(400, 'timestamp');
  if (!(headers['content-type'] ?? '').startsWith('application/json')) return refuse(400, 'content-type');
  if (typeof read === 'string') return refuse(400, read);
  if (!quotas.takeTargets(app.appId, read.tokens.length, now)) return refuse(429);
  return !read.isTest || quotas.takeTests(app.appId, read.tokens.length, now) ? null : refuse(429);
}

function sendTo(
  { desk, quotas }: HonorSurroundings,
  app: HonorAppRegistration,
  send: HonorSend,
  token: string,
  planned: string | null,
  requestId: string,
  now: number,
): TargetResult {
  const record = desk.phones.findToken(token);
  const isOwn = record !== null && record.phone.details['appId'] === app.appId;
  const list: ListName | null = isOwn ? (record.state === 'active' ? null : 'expireTokens') : 'failTokens';
  const reason = planned ?? list;
  if (reason !== null || record === null) return { reason, effect: null, vendorId: null };
  const vendorId = requestId;
  if (desk.load.fast) return { reason: null, effect: 'shown', vendorId };
  const { phone } = record;
  const push = pushOf(app, send, phone, token, requestId, now);
  if (isMarketing(app, send) && !send.isTest && !quotas.takeMarketing(token, now))
    return { reason: null, effect: desk.phones.drop(phone, push, 'frequency'), vendorId };
  if (send.notification !== null && !phone.showsNotifications)
    return { reason: null, effect: desk.phones.drop(phone, push, 'notifications-off'), vendorId };
  return { reason: null, effect: desk.phones.receive(phone, push), vendorId };
}

/** Everything shown is marketing unless the app may say that it is not, and does. */
function isMarketing({ mayClassify }: HonorAppRegistration, { notification }: HonorSend): boolean {
  return notification !== null && !(mayClassify && notification.importance === 'NORMAL');
}

function pushOf(
  { appId }: HonorAppRegistration,
  { notification, data, ttlSeconds, biTag }: HonorSend,
  phone: Phone,
  token: string,
  requestId: string,
  now: number,
): AcceptedPush {
  return {
    vendorId: requestId,
    kind: notification === null ? 'data' : 'notification',
    collapseId: null,
    tag: tagOf(notification),
    title: notification?.title ?? null,
    body: notification?.body ?? null,
    badge: badgeOf(notification, phone.screen.badge ?? 0),
    data: JSON.stringify({ data }),
    expiresAt: now + ttlSeconds * 1_000,
    storageKey: null,
    receipt: { url: '', token, param: biTag, more: { appId } },
  };
}

function tagOf(notification: HonorNotification | null): string | null {
  return notification === null || notification.notifyId === -1 ? null : String(notification.notifyId);
}

function badgeOf(notification: HonorNotification | null, before: number): number | null {
  if (notification === null) return null;
  const { setNum, addNum } = notification;
  return setNum ?? (addNum === null ? null : Math.min(highestBadge, before + addNum));
}

function answerOf(
  { switches }: HonorSurroundings,
  tokens: readonly string[],
  results: readonly TargetResult[],
  requestId: string,
): CallResult {
  const listed = (name: ListName): string[] => tokens.filter((_token, at) => results[at]?.reason === name);
  const sendResult = results.some(({ reason }) => reason === null);
  const lists = { failTokens: listed('failTokens'), expireTokens: listed('expireTokens') };
  const body = {
    code: switches.successCode,
    message: 'success',
    ...(switches.saysSendResult && { data: { sendResult, requestId, ...lists } }),
  };
  return { answer: jsonAnswer(ok, body), reason: null, results };
}

function refuse(status: KnownStatus, detail: string | null = null): CallResult {
  const message = detail === null ? messages[status] : `${messages[status]}: ${detail}`;
  return {
    answer: jsonAnswer(status, { code: status, message, data: null }),
    reason: String(status),
  };
}

/** A planned error: a status, or a list in which every target stands, or nothing sent without a word why. */
function plannedResult(
  at: HonorSurroundings,
  tokens: readonly string[],
  { reason, status, retryAfterSeconds }: PlannedAnswer,
): CallResult {
  if (reason === 'not-sent' || lists.some((name) => name === reason)) {
    const results = tokens.map((): TargetResult => ({ reason, effect: null, vendorId: null }));
    return answerOf(at, tokens, results, at.desk.random.uuid());
  }
  const wanted = reason === null ? (status ?? 500) : Number(reason);
  const result =
    wanted in messages
      ? refuse(wanted as KnownStatus)
      : { answer: jsonAnswer(wanted, { code: wanted, message: 'planned', data: null }), reason: `${wanted}` };
  if (retryAfterSeconds === null) return result;
  const headers = { ...result.answer.headers, 'retry-after': String(retryAfterSeconds) };
  return { ...result, answer: { ...result.answer, headers } };
}

function jsonAnswer(status: number, body: object): CallResult['answer'] {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
