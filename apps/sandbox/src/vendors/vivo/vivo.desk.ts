import type { PlannedAnswer } from '../../faults.js';
import type { Exchange } from '../../wire/exchange.js';
import { type CallResult, makeCallAnswerer, type TargetResult, type VendorCall } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { VivoApp } from './vivo.apps.js';
import type { VivoAuth } from './vivo.auth.js';
import { codeNamed, plannedAnswer, refuse, refused, vivoAnswer, type VivoRefusal } from './vivo.codes.js';
import { type Json, parseObject } from '../read-json.js';
import { numberIn, textIn } from './vivo.json.js';
import type { VivoDelivery } from './vivo.phone.js';
import type { VivoQuotas } from './vivo.quotas.js';
import type { VivoSwitches } from './vivo.switches.js';
import { readMessage, readRequestId, tagOf, type VivoMessage } from './vivo.validate.js';

export const singlePath = '/message/send';
export const savePath = '/message/saveListPayload';
export const listPath = '/message/pushToList';
const dayMs = 86_400_000;
/** Older request ids are forgotten, so that a sandbox that is pushed to for hours stays small. */
const requestsKept = 100_000;
const fewestInList = 2;
const mostInList = 1_000;

interface SavedBody {
  readonly appId: number;
  readonly message: VivoMessage;
  readonly tag: string | null;
  readonly savedAt: number;
}

interface Repeat {
  readonly answer: CallResult['answer'];
  readonly at: number;
}

/** Answers `send`, `saveListPayload` and `pushToList`: token, app, fields, class, quotas, then the targets. */
export class VivoDesk {
  readonly #answerCall: ReturnType<typeof makeCallAnswerer>;
  readonly #saved = new Map<string, SavedBody>();
  readonly #requests = new Map<string, Repeat>();

  constructor(
    private readonly desk: VendorDesk,
    private readonly auth: VivoAuth,
    private readonly quotas: VivoQuotas,
    private readonly delivery: VivoDelivery,
    private readonly switches: VivoSwitches,
  ) {
    this.#answerCall = makeCallAnswerer(desk);
  }

  single(exchange: Exchange): void {
    const body = parseObject(exchange.body.toString('utf8'));
    const token = body === null ? null : textIn(body, 'regId');
    this.#call(exchange, body, 'send', token === null ? [] : [token], tagOf(body), (app, fields) =>
      this.#once(app, fields, () => this.#single(app, fields)),
    );
  }

  save(exchange: Exchange): void {
    const body = parseObject(exchange.body.toString('utf8'));
    this.#call(exchange, body, 'saveListPayload', [], null, (app, fields) =>
      this.#once(app, fields, () => this.#save(app, fields)),
    );
  }

  list(exchange: Exchange): void {
    const body = parseObject(exchange.body.toString('utf8'));
    const regIds = body?.['regIds'];
    const tokens = Array.isArray(regIds) ? regIds.filter((id): id is string => typeof id === 'string') : [];
    const saved = this.#saved.get((body === null ? null : textIn(body, 'taskId')) ?? '');
    this.#call(exchange, body, 'pushToList', tokens, saved?.tag ?? null, (app, fields, planned) =>
      this.#once(app, fields, () => this.#list(app, fields, tokens, planned)),
    );
  }

  #call(
    exchange: Exchange,
    body: Json | null,
    pushType: string,
    tokens: readonly string[],
    tag: string | null,
    process: (app: VivoApp, fields: Json, planned: ReadonlyMap<number, PlannedAnswer>) => CallResult,
  ): void {
    const app = this.auth.appOf(exchange.headers['authtoken'], this.desk.clock.now());
    const call: VendorCall = {
      vendor: 'vivo',
      environment: null,
      topic: 'code' in app ? null : app.bundle,
      pushType,
      targets: tokens.map((token) => ({ token, collapseId: null, tag })),
      payload: exchange.body.toString('utf8'),
      process: (planned) => {
        if ('code' in app) return refused(app);
        if (body === null || numberIn(body, 'appId') !== app.appId) return refused(refuse(10_094));
        return process(app, body, planned);
      },
      planned: (action) => {
        const result = plannedAnswer(action);
        if (!('code' in app) && body !== null) this.#noteRefused(app, readRequestId(body));
        return result;
      },
    };
    this.#answerCall(exchange, call);
  }

  /** A requestId that was good once is not processed again. */
  #once(app: VivoApp, body: Json, process: () => CallResult): CallResult {
    const id = readRequestId(body);
    if (typeof id !== 'string') return refused(id);
    const now = this.desk.clock.now();
    for (const [old, { at }] of this.#requests) {
      if (at > now - dayMs && this.#requests.size < requestsKept) break;
      this.#requests.delete(old);
    }
    const key = `${app.appId} ${id}`;
    const earlier = this.#requests.get(key);
    if (earlier !== undefined)
      return this.switches.repeatCode === 0
        ? { answer: earlier.answer, reason: null }
        : refused(refuse(10_910));
    const result = process();
    if (result.reason !== null) this.#noteRefused(app, id);
    else if (!this.desk.load.fast) this.#requests.set(key, { answer: result.answer, at: now });
    return result;
  }

  #noteRefused(app: VivoApp, id: string | VivoRefusal): void {
    if (!this.switches.remembersRefusedIds || typeof id !== 'string') return;
    const answer = vivoAnswer(0, 'success', { taskId: this.#newTaskId() });
    this.#requests.set(`${app.appId} ${id}`, { answer, at: this.desk.clock.now() });
  }

  #single(app: VivoApp, body: Json): CallResult {
    const now = this.desk.clock.now();
    const token = textIn(body, 'regId');
    if (token === null && textIn(body, 'alias') === null) return refused(refuse(10_050));
    const message = this.#readForSending(app, body, 1, now);
    if ('code' in message) return refused(message);
    const fault = token === null ? 1 : this.delivery.faultOf(token, app, message.isTest);
    if (fault === 'muted') return refused(refuse(10_311));
    if (fault !== null || token === null)
      return refused(refuse(10_302, { invalidUser: { status: fault ?? 1, userid: token ?? body['alias'] } }));
    const taskId = this.#newTaskId();
    const effect = this.delivery.deliver(token, { app, message, taskId, isList: false, now });
    const results = [{ reason: null, effect, vendorId: taskId }];
    return { answer: vivoAnswer(0, 'success', { taskId }), reason: null, results };
  }

  #save(app: VivoApp, body: Json): CallResult {
    const now = this.desk.clock.now();
    const message = readMessage(body, app, this.switches);
    if ('code' in message) return refused(message);
    if (!this.quotas.takeSave(app.appId, now)) return refused(refuse(10_252));
    const taskId = this.#newTaskId();
    for (const [old, { savedAt }] of this.#saved) {
      if (savedAt > now - 2 * this.switches.savedBodySeconds * 1_000) break;
      this.#saved.delete(old);
    }
    this.#saved.set(taskId, { appId: app.appId, message, tag: tagOf(body), savedAt: now });
    return { answer: vivoAnswer(0, 'success', { taskId }), reason: null };
  }

  #list(
    app: VivoApp,
    body: Json,
    tokens: readonly string[],
    planned: ReadonlyMap<number, PlannedAnswer>,
  ): CallResult {
    const now = this.desk.clock.now();
    const taskId = textIn(body, 'taskId');
    const saved = taskId === null ? undefined : this.#saved.get(taskId);
    const fault = this.#listFault(app, tokens, taskId, saved, now);
    if (fault !== null || saved === undefined || taskId === null) return refused(fault ?? refuse(10_152));
    const { message } = saved;
    const quota = this.#quotaFault(app, message, tokens.length, now);
    if (quota !== null) return refused(quota);
    const invalidUsers: object[] = [];
    const results = tokens.map((token, at): TargetResult => {
      const plan = planned.get(at);
      const status = plan === undefined ? this.delivery.faultOf(token, app, message.isTest) : statusOf(plan);
      const sending = { app, message, taskId, isList: true, now };
      if (status === null)
        return { reason: null, effect: this.delivery.deliver(token, sending), vendorId: taskId };
      if (status === 'muted')
        return { reason: null, effect: this.delivery.hide(token, sending), vendorId: taskId };
      invalidUsers.push({ status, userid: token });
      return { reason: `10302/${status}`, effect: null, vendorId: null };
    });
    const more = { taskId, ...(invalidUsers.length > 0 && { invalidUsers }) };
    return { answer: vivoAnswer(0, 'success', more), reason: null, results };
  }

  #listFault(
    app: VivoApp,
    tokens: readonly string[],
    taskId: string | null,
    saved: SavedBody | undefined,
    now: number,
  ): VivoRefusal | null {
    if (tokens.length === 0) return refuse(10_150);
    if (taskId === null) return refuse(10_151);
    if (saved?.appId !== app.appId) return refuse(10_152);
    if (tokens.length < fewestInList || tokens.length > mostInList) return refuse(10_153);
    return now - saved.savedAt > this.switches.savedBodySeconds * 1_000 ? refuse(10_155) : null;
  }

  #readForSending(app: VivoApp, body: Json, targets: number, now: number): VivoMessage | VivoRefusal {
    const message = readMessage(body, app, this.switches);
    if ('code' in message) return message;
    return this.#quotaFault(app, message, targets, now) ?? message;
  }

  #quotaFault(app: VivoApp, message: VivoMessage, targets: number, now: number): VivoRefusal | null {
    const { isOperational, isTest } = message;
    if (!this.quotas.takeRate(app.appId, targets, now)) return refuse(10_072);
    if (isTest) return null;
    if (this.quotas.isOutsideHours(isOperational, now)) return refuse(10_071);
    return this.quotas.isSpent(app.appId, isOperational, now)
      ? refuse(isOperational ? 10_070 : 10_073)
      : null;
  }

  #newTaskId(): string {
    return BigInt(`0x${this.desk.random.hex(7)}`)
      .toString()
      .padStart(18, '0');
  }
}

/** What a planned error for one target of a list can be: vivo names nothing else of them. */
function statusOf({ reason }: PlannedAnswer): 1 | 2 {
  return codeNamed(reason) === 10_302 ? 2 : 1;
}
