import type { PlannedAnswer } from '../../faults.js';
import type { Answer, Exchange } from '../../wire/exchange.js';
import { type CallResult, type CallTarget, makeCallAnswerer, type TargetResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { isMarketing, type OppoApp } from './oppo.apps.js';
import { type OppoAuth, readForm } from './oppo.auth.js';
import {
  isOppoCode,
  oppoAnswer,
  type OppoCode,
  type OppoRefusal,
  refusal,
  refusalAnswer,
  textOf,
} from './oppo.codes.js';
import { isAlive, type OppoDelivery } from './oppo.phone.js';
import type { OppoQuotas } from './oppo.quotas.js';
import type { OppoSwitches } from './oppo.switches.js';
import { messageIdOf, type OppoMessage, parseJson, readMessage, tagOf, tokenOf } from './oppo.validate.js';

export const unicastPath = '/server/v1/message/notification/unicast';
export const batchPath = '/server/v1/message/notification/unicast_batch';
export const feedbackPath = '/server/v1/feedback/fetch_invalid_regidList';
export const feedbackName = 'oppo-feedback';
const mostInBatch = 1_000;
const overseasHost = /^api-intl\./;

/** What is asked of OPPO's unicast calls. */
interface Asked {
  readonly form: URLSearchParams | OppoRefusal;
  /** The elements; null: what should hold them is missing or no JSON. */
  readonly elements: readonly unknown[] | null;
  readonly isBatch: boolean;
  readonly isOverseas: boolean;
}

type Outcome = { readonly messageId: string; readonly result: TargetResult } | OppoRefusal;

/** Answers `unicast`, `unicast_batch` and the list of dead ids: token, app, rate, form, then each target. */
export class OppoDesk {
  readonly #answerCall: ReturnType<typeof makeCallAnswerer>;

  constructor(
    private readonly desk: VendorDesk,
    private readonly auth: OppoAuth,
    private readonly quotas: OppoQuotas,
    private readonly delivery: OppoDelivery,
    private readonly switches: OppoSwitches,
  ) {
    this.#answerCall = makeCallAnswerer(desk);
  }

  send(exchange: Exchange, isBatch: boolean): void {
    const asked = readAsked(exchange, isBatch);
    const app = this.#appOf(exchange, asked.form);
    this.#answerCall(exchange, {
      vendor: 'oppo',
      environment: null,
      topic: 'code' in app ? null : app.bundle,
      pushType: isBatch ? 'unicast_batch' : 'unicast',
      targets: (asked.elements ?? []).map(targetOf),
      payload: 'code' in asked.form ? null : (asked.form.get(isBatch ? 'messages' : 'message') ?? null),
      process: (planned) => this.#process(asked, app, planned),
      planned: (fault) => {
        if (!('code' in app)) for (const element of asked.elements ?? []) this.#noteRefused(app, element);
        return planned(fault);
      },
    });
  }

  listDeadIds(exchange: Exchange): void {
    const query = new URLSearchParams(exchange.path.split('?')[1] ?? '');
    const app = this.#appOf(exchange, query);
    this.#answerCall(exchange, {
      vendor: feedbackName,
      environment: null,
      topic: 'code' in app ? null : app.bundle,
      pushType: null,
      targets: [],
      payload: null,
      process: () => {
        if ('code' in app) return refused(app);
        const ids = this.delivery.deadIds(app);
        const data = { registration_ids: ids, totalCount: ids.length };
        return { answer: oppoAnswer(0, 'success', data), reason: null };
      },
      planned,
    });
  }

  /** The field is documented; many clients send a header. */
  #appOf({ headers }: Exchange, form: URLSearchParams | OppoRefusal): OppoApp | OppoRefusal {
    if ('code' in form) return form;
    return this.auth.appOf(form.get('auth_token') ?? headers['auth_token'] ?? null, this.desk.clock.now());
  }

  #process(
    { elements, isBatch, isOverseas }: Asked,
    app: OppoApp | OppoRefusal,
    planned: ReadonlyMap<number, PlannedAnswer>,
  ): CallResult {
    const now = this.desk.clock.now();
    if ('code' in app) return refused(app);
    if (app.lacksFeature) return refused(refusal('27'));
    if (elements === null) return refused(refusal('40', isBatch ? 'messages' : 'message'));
    if (elements.length === 0 || elements.length > mostInBatch)
      return refused(refusal('41', `messages holds ${elements.length}`));
    if (!this.quotas.takeRate(app.appId, elements.length, now))
      return refused(refusal(this.switches.rateCode === 13 ? '13' : '55'));
    const reading = { app, isOverseas, contentCharacters: this.switches.contentCharacters };
    const outcomes = elements.map((element, at): Outcome => {
      const fault = planned.get(at);
      const message = fault === undefined ? readMessage(element, reading) : refusal(plannedCode(fault));
      const outcome = 'code' in message ? message : this.#sendOne(app, message, now);
      if ('code' in outcome) this.#noteRefused(app, element);
      return outcome;
    });
    return isBatch ? batchResult(elements, outcomes) : unicastResult(outcomes[0] as Outcome);
  }

  #noteRefused(app: OppoApp, element: unknown): void {
    const registrationId = tokenOf(element);
    if (!this.switches.remembersRefusedIds || registrationId === null) return;
    this.delivery.isRepeat(
      app,
      { appMessageId: messageIdOf(element), registrationId },
      this.desk.clock.now(),
    );
  }

  #sendOne(app: OppoApp, message: OppoMessage, now: number): Outcome {
    const { registrationId, category, channelId } = message;
    const { deadIdCode } = this.switches;
    if (deadIdCode !== 0 && !isAlive(this.desk.phones.findToken(registrationId), app))
      return deadIdCode === 41 ? refusal('41', 'registration_id') : refusal('10000');
    if (isMarketing(app, category, channelId) && !this.quotas.takeOfApp(app.appId, now)) return refusal('33');
    const messageId = `${app.appId}-1-1-${this.desk.random.hex(12)}`;
    const effect = this.delivery.deliver(app, message, messageId, now);
    return { messageId, result: { reason: null, effect, vendorId: messageId } };
  }
}

function readAsked(exchange: Exchange, isBatch: boolean): Asked {
  const form = readForm(exchange);
  const host = exchange.headers[':authority'] ?? exchange.headers['host'] ?? '';
  const isOverseas = overseasHost.test(host);
  const text = 'code' in form ? null : form.get(isBatch ? 'messages' : 'message');
  const value = text === null ? undefined : parseJson(text);
  if (value === undefined) return { form, elements: null, isBatch, isOverseas };
  if (!isBatch) return { form, elements: [value], isBatch, isOverseas };
  return { form, elements: Array.isArray(value) ? value : null, isBatch, isOverseas };
}

function targetOf(element: unknown): CallTarget {
  return { token: tokenOf(element), collapseId: null, tag: tagOf(element) };
}

function unicastResult(outcome: Outcome): CallResult {
  if ('code' in outcome) return refused(outcome);
  const { messageId, result } = outcome;
  return { answer: oppoAnswer(0, 'success', { messageId }), reason: null, results: [result] };
}

function batchResult(elements: readonly unknown[], outcomes: readonly Outcome[]): CallResult {
  const data = outcomes.map((outcome, at) => ({
    messageId: 'code' in outcome ? null : outcome.messageId,
    registrationId: tokenOf(elements[at]),
    ...('code' in outcome && { errorCode: Number(outcome.code), errorMessage: textOf(outcome) }),
  }));
  return {
    answer: oppoAnswer(0, 'success', data),
    reason: null,
    results: outcomes.map((outcome) =>
      'code' in outcome ? { reason: outcome.code, effect: null, vendorId: null } : outcome.result,
    ),
  };
}

export function refused(what: OppoRefusal): CallResult {
  return { answer: refusalAnswer(what), reason: what.code };
}

/** A planned code, or the page of something in front of OPPO. */
export function planned(fault: PlannedAnswer): CallResult {
  const { reason, status, retryAfterSeconds } = fault;
  const hint = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
  if (reason === null && status !== null)
    return { answer: { ...page, status, headers: { ...page.headers, ...hint } }, reason: `HTTP_${status}` };
  const answer = refusalAnswer(refusal(plannedCode(fault)));
  return { answer: { ...answer, headers: { ...answer.headers, ...hint } }, reason: plannedCode(fault) };
}

const page: Answer = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html>Bad gateway</html>',
};

function plannedCode({ reason }: PlannedAnswer): OppoCode {
  return reason !== null && isOppoCode(reason) ? (reason as OppoCode) : '-1';
}
