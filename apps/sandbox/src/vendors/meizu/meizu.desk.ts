import type { PlannedAnswer } from '../../faults.js';
import type { AcceptedPush } from '../../push.js';
import type { Exchange } from '../../wire/exchange.js';
import type { CallResult, TargetResult, VendorCall } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { errorAnswer, goodAnswer, meizuTargetCodes, pageAnswer } from './meizu.answers.js';
import { type MeizuApp, type MeizuApps, signatureOf } from './meizu.apps.js';
import type { MeizuLimits } from './meizu.limits.js';
import { type MeizuMessage, readMessage } from './meizu.message.js';
import type { MeizuSwitches } from './meizu.switches.js';

const sendPath = '/garcia/api/server/push/varnished/pushByPushId';
const hourMs = 3_600_000;

export interface MeizuSurroundings {
  readonly desk: VendorDesk;
  readonly apps: MeizuApps;
  readonly limits: MeizuLimits;
  readonly switches: MeizuSwitches;
}

/** A request of a provider, as the ledger and the answer take it. */
export function callFor(at: MeizuSurroundings, exchange: Exchange): VendorCall {
  const text = exchange.body.toString('utf8');
  const form = new URLSearchParams(text);
  const message = readMessage(form.get('messageJson') ?? '');
  const ids = [...new Set((form.get('pushIds') ?? '').split(',').filter((id) => id !== ''))];
  return {
    vendor: 'meizu',
    environment: null,
    topic: form.get('appId'),
    pushType: message === null ? null : message.isPrivate ? 'private' : 'public',
    targets: ids.map((token) => ({ token, collapseId: null, tag: message?.notifyKey ?? null })),
    payload: text,
    process: (planned) => {
      const wrong = wrongDoor(exchange);
      if (wrong !== null) return wrong;
      const app = at.apps.find(form.get('appId') ?? '');
      const code = refusalOf(at, form, app, message, ids);
      if (code !== null || app === null || message === null) return refused(code ?? '1005');
      return deliverAll(at, app, message, ids, planned);
    },
    planned: (action) => plannedResult(at, action, ids),
  };
}

function wrongDoor({ method, path, headers }: Exchange): CallResult | null {
  if (path !== sendPath) return { answer: pageAnswer(404), reason: 'http-404' };
  if (method !== 'POST') return { answer: pageAnswer(405), reason: 'http-405' };
  const isForm = (headers['content-type'] ?? '')
    .toLowerCase()
    .startsWith('application/x-www-form-urlencoded');
  return isForm ? null : refused('1005');
}

function refusalOf(
  { desk, limits, switches }: MeizuSurroundings,
  form: URLSearchParams,
  app: MeizuApp | null,
  message: MeizuMessage | null,
  ids: readonly string[],
): string | null {
  const now = desk.clock.now();
  if (['appId', 'pushIds', 'messageJson', 'sign'].some((name) => (form.get(name) ?? '') === ''))
    return '110004';
  if (app === null) return '110000';
  if (form.get('sign') !== signatureOf(form, app.secret)) return '1006';
  if (!limits.takeRequest(app.appId, now)) return '110010';
  if (ids.length > switches.mostIds || message === null) return '1005';
  const { callback } = message;
  if (switches.refusesUnknownCallbacks && callback !== null && !app.callbacks.includes(callback.url))
    return '1005';
  return message.isPrivate || limits.takePublicOfApp(app.appId, now) ? null : '110051';
}

function deliverAll(
  at: MeizuSurroundings,
  app: MeizuApp,
  message: MeizuMessage,
  ids: readonly string[],
  planned: ReadonlyMap<number, PlannedAnswer>,
): CallResult {
  const id = at.desk.random.hex(16);
  const results = ids.map((token, index): TargetResult => {
    const code = planned.get(index)?.reason;
    return code == null
      ? deliver(at, app, message, id, token)
      : { reason: code, effect: null, vendorId: null };
  });
  const value: Record<string, string[]> = {};
  for (const [index, { reason }] of results.entries())
    if (reason !== null) (value[reason] ??= []).push(ids[index] ?? '');
  return { answer: goodAnswer(id, value), reason: null, results };
}

function deliver(
  { desk, limits }: MeizuSurroundings,
  app: MeizuApp,
  message: MeizuMessage,
  id: string,
  token: string,
): TargetResult {
  const no = (reason: string): TargetResult => ({ reason, effect: null, vendorId: null });
  if (desk.load.fast) return { reason: null, effect: 'shown', vendorId: id };
  const record = desk.phones.findToken(token);
  if (record === null || record.phone.vendor !== 'meizu' || record.phone.bundle !== app.bundle)
    return no('110003');
  if (record.state !== 'active') return no('110002');
  const { phone } = record;
  const now = desk.clock.now();
  if (!phone.showsNotifications) return no('110010');
  if (!message.isPrivate && !limits.takePublicOfDevice(phone.phoneId, now)) return no('110011');
  const push = pushOf(message, id, token, now);
  if (!limits.takeOfMinute(phone.phoneId, now))
    return { reason: '520', effect: desk.phones.drop(phone, push, 'folded'), vendorId: id };
  return { reason: null, effect: desk.phones.receive(phone, push), vendorId: id };
}

function pushOf(message: MeizuMessage, id: string, token: string, now: number): AcceptedPush {
  const { title, content, notifyKey, validHours, callback, parameters } = message;
  return {
    vendorId: id,
    kind: 'notification',
    collapseId: null,
    tag: notifyKey === '' ? null : notifyKey,
    title,
    body: content,
    badge: null,
    data: JSON.stringify(parameters),
    expiresAt: validHours === 0 ? 0 : now + validHours * hourMs,
    storageKey: null,
    ...(callback !== null && {
      receipt: { url: callback.url, token, param: callback.param, more: { id, type: String(callback.type) } },
    }),
  };
}

function refused(code: string): CallResult {
  return { answer: errorAnswer(code), reason: code };
}

/** A code of single targets stands in the map of a good answer, unless it is one of the whole request too. */
function plannedResult(
  { desk }: MeizuSurroundings,
  { reason, status, retryAfterSeconds }: PlannedAnswer,
  ids: readonly string[],
): CallResult {
  const hint = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  const answer =
    reason === null
      ? pageAnswer(status ?? 500)
      : meizuTargetCodes.has(reason) && reason !== '110010'
        ? goodAnswer(desk.random.hex(16), { [reason]: ids })
        : errorAnswer(reason, status ?? 200);
  return {
    answer: { ...answer, headers: { ...answer.headers, ...hint } },
    reason: reason ?? `http-${answer.status}`,
  };
}
