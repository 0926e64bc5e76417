import type { PlannedAnswer } from '../../faults.js';
import type { PushEffect } from '../../push.js';
import type { Exchange } from '../../wire/exchange.js';
import type { CallResult, TargetResult, VendorCall } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { appNameOf, type XiaomiApp, type XiaomiApps } from './xiaomi.apps.js';
import { errorAnswer, okAnswer } from './xiaomi.codes.js';
import { idsOf, messageOfForm, messageOfJson, readForm, type XiaomiMessage } from './xiaomi.form.js';
import { ticketOf, type XiaomiPhones } from './xiaomi.phones.js';
import type { XiaomiQuotas } from './xiaomi.quotas.js';
import { postReceipt } from './xiaomi.receipts.js';
import type { XiaomiSwitches } from './xiaomi.switches.js';
import { checkMessage, classOf } from './xiaomi.validate.js';

const mostIds = 1000;
const refusedCode = 'bad-regid';
const noTargets: VendorCall['targets'] = [];

/** What a request with one message, or one of many messages, is about. */
interface Part {
  readonly message: XiaomiMessage;
  readonly ids: readonly string[];
}

/** Everything that a request of Xiaomi's needs to be answered. */
export interface XiaomiSurroundings {
  readonly desk: VendorDesk;
  readonly apps: XiaomiApps;
  readonly quotas: XiaomiQuotas;
  readonly phones: XiaomiPhones;
  readonly switches: XiaomiSwitches;
  /** Notes that an app has sent a message of this id to these targets. */
  remember(id: string, app: XiaomiApp, tokens: readonly string[]): void;
}

/** `/v2|v3|v4/message/regid`: one message to up to 1000 registration ids. */
export function sendCall(at: XiaomiSurroundings, exchange: Exchange, isSinglePackage: boolean): VendorCall {
  const text = exchange.body.toString('utf8');
  const form = readForm(exchange.headers['content-type'], text);
  const message = messageOfForm(form ?? new URLSearchParams());
  const part = { message, ids: idsOf(message.fields.get('registration_id')) };
  const packageName = message.fields.get('restricted_package_name') ?? null;
  return {
    vendor: 'xiaomi',
    environment: null,
    topic: packageName,
    pushType: message.fields.get('pass_through') === '1' ? 'pass-through' : 'notification',
    targets: targetsOf(part),
    payload: text,
    process: (planned) => {
      const app = admit(at, exchange, form);
      if (typeof app === 'number') return refusal(at, app);
      if (isSinglePackage && packageName?.includes(',') === true) return refusal(at, 22022);
      return sendPart(at, app, part, planned);
    },
    planned: (action) => plannedResult(at, action),
  };
}

/** `/v2/multi_messages/regids`: a message of its own for each target. */
export function multiCall(at: XiaomiSurroundings, exchange: Exchange): VendorCall {
  const text = exchange.body.toString('utf8');
  const form = readForm(exchange.headers['content-type'], text);
  const parts = readParts(form?.get('messages') ?? null);
  return {
    vendor: 'xiaomi',
    environment: null,
    topic: parts?.[0]?.message.fields.get('restricted_package_name') ?? null,
    pushType: 'multi',
    targets: (parts ?? []).flatMap(targetsOf),
    payload: text,
    process: (planned) => {
      const app = admit(at, exchange, form);
      if (typeof app === 'number') return refusal(at, app);
      return parts === null ? refusal(at, 10016) : sendParts(at, app, parts, planned);
    },
    planned: (action) => plannedResult(at, action),
  };
}

/** A request that has no targets. */
export function plainCall(
  at: XiaomiSurroundings,
  process: () => CallResult,
  payload: string | null,
): VendorCall {
  return {
    vendor: 'xiaomi',
    environment: null,
    topic: null,
    pushType: null,
    targets: noTargets,
    payload,
    process,
    planned: (action) => plannedResult(at, action),
  };
}

/** The app whose secret it is, or the code that refuses the request. */
export function admit(
  { desk, apps, quotas }: XiaomiSurroundings,
  { method, headers }: Pick<Exchange, 'method' | 'headers'>,
  form: URLSearchParams | null,
): XiaomiApp | number {
  if (method !== 'POST') return 10021;
  if (form === null) return 10008;
  const app = apps.find(headers['authorization']);
  if (app === null) return 21301;
  return quotas.takeRequest(appNameOf(app), desk.clock.now()) ? app : 200002;
}

export function refusal({ desk }: XiaomiSurroundings, code: number, reason?: string): CallResult {
  return { answer: errorAnswer(traceId(desk), code, reason), reason: String(code) };
}

export function success({ desk }: XiaomiSurroundings, data: object): CallResult {
  return { answer: okAnswer(traceId(desk), data), reason: null };
}

function sendPart(
  at: XiaomiSurroundings,
  app: XiaomiApp,
  part: Part,
  planned: ReadonlyMap<number, PlannedAnswer>,
): CallResult {
  const now = at.desk.clock.now();
  const { message, ids } = part;
  if (ids.length === 0) return refusal(at, 10016);
  if (ids.length > mostIds) return refusal(at, 10018);
  const code = checkMessage(message, app, at.switches, now);
  if (code !== null) return refusal(at, code);
  const day = at.quotas.ofDay(appNameOf(app), classOf(message, app), now);
  if (day !== null && day.acked >= day.quota)
    return refusal(at, 200001, `exceed quota, quota: ${day.quota}, have acked: ${day.acked}`);
  const id = messageId(at.desk);
  const results = ids.map((token, index) =>
    planned.has(index) ? refused : sendOne(at, app, message, id, token),
  );
  const bad = ids.filter((_id, index) => results[index]?.reason !== null);
  if (bad.length === ids.length) return refusal(at, 20301);
  at.remember(id, app, ids);
  const figures = day === null ? {} : { day_quota: String(day.quota), day_acked: String(day.acked) };
  const data = { id, ...figures, ...(bad.length > 0 && { bad_regids: bad.join(',') }) };
  return { ...success(at, data), results };
}

function sendParts(
  at: XiaomiSurroundings,
  app: XiaomiApp,
  parts: readonly Part[],
  planned: ReadonlyMap<number, PlannedAnswer>,
): CallResult {
  const now = at.desk.clock.now();
  if (parts.length === 0) return refusal(at, 10016);
  if (parts.flatMap(({ ids }) => ids).length > mostIds) return refusal(at, 10018);
  const codes = parts.map(({ message }) => checkMessage(message, app, at.switches, now));
  const code = codes.find((one) => one !== null);
  if (code !== undefined && code !== null) return refusal(at, code);
  const id = messageId(at.desk);
  const spent = new Map<string, number>();
  let place = 0;
  const results = parts.flatMap(({ message, ids }) => {
    const day = at.quotas.ofDay(appNameOf(app), classOf(message, app), now);
    const isSpent = day !== null && day.acked >= day.quota;
    const channel = message.extras.get('channel_id') ?? 'no_channel';
    if (isSpent) spent.set(channel, (spent.get(channel) ?? 0) + ids.length);
    return ids.map((token): TargetResult => {
      const isPlanned = planned.has(place++);
      if (isSpent) return { reason: '200001', effect: null, vendorId: null };
      return isPlanned ? refused : sendOne(at, app, message, id, token);
    });
  });
  const exceeded = [...spent].map(([channel, count]) => `${channel}:${count}`).join(' ');
  return { ...success(at, { id, ...(exceeded !== '' && { channel_exceed_quota: exceeded }) }), results };
}

const refused: TargetResult = { reason: refusedCode, effect: null, vendorId: null };

function sendOne(
  at: XiaomiSurroundings,
  app: XiaomiApp,
  message: XiaomiMessage,
  id: string,
  token: string,
): TargetResult {
  const accepted = (effect: PushEffect): TargetResult => ({ reason: null, effect, vendorId: id });
  if (at.desk.load.fast) return accepted('shown');
  const record = at.desk.phones.findToken(token);
  const packages = (message.fields.get('restricted_package_name') ?? '')
    .split(',')
    .map((name) => name.trim());
  if (record === null || record.phone.vendor !== 'xiaomi' || !packages.includes(record.phone.bundle))
    return refused;
  const { phone, state } = record;
  if (state === 'active')
    return accepted(at.phones.deliver(phone, { app, message, id, token, renamed: null }));
  if (state === 'expired' || !at.switches.tellsDeadLater) return refused;
  const [renamed = null] = phone.tokens.values();
  const delivery = { app, message, id, token, renamed };
  if (renamed !== null) return accepted(at.phones.deliver(phone, delivery));
  postReceipt(at.desk, phone, ticketOf(delivery, classOf(message, app), null), 'invalid');
  return accepted(at.desk.phones.discard(phone, id, 'uninstalled'));
}

/** A planned error: one of the codes, `0` for a success without an id, or a bare status with a page. */
function plannedResult({ desk }: XiaomiSurroundings, action: PlannedAnswer): CallResult {
  const { reason, status, retryAfterSeconds } = action;
  const hint = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (reason === '0') return { answer: okAnswer(traceId(desk), {}), reason: null };
  if (reason === null) {
    const page = {
      status: status ?? 500,
      headers: { 'content-type': 'text/html', ...hint },
      body: '<html></html>',
    };
    return { answer: page, reason: `http-${page.status}` };
  }
  const answer = errorAnswer(traceId(desk), Number(reason), undefined, status ?? 200);
  return { answer: { ...answer, headers: { ...answer.headers, ...hint } }, reason };
}

function targetsOf({ message, ids }: Part): VendorCall['targets'] {
  const tag = message.fields.get('notify_id') ?? '0';
  return ids.map((token) => ({ token, collapseId: null, tag }));
}

function readParts(json: string | null): readonly Part[] | null {
  try {
    const list: unknown = JSON.parse(json ?? '');
    if (!Array.isArray(list)) return null;
    return (list as readonly { target?: unknown; message?: unknown }[]).map(({ target, message }) => ({
      message: messageOfJson((message ?? {}) as Readonly<Record<string, unknown>>),
      ids: idsOf(typeof target === 'string' ? target : ''),
    }));
  } catch {
    // Not JSON: a required parameter is missing, says the code.
    return null;
  }
}

function messageId({ random }: VendorDesk): string {
  return `slm${random.hex(11)}`;
}

function traceId({ random }: VendorDesk): string {
  return `X${random.hex(8)}`;
}
