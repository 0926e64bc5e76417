import { actOnFault, type Decided } from '../../act-on-fault.js';
import type { FaultAction } from '../../faults.js';
import type { VendorToken } from '../../phones.js';
import type { PushEffect } from '../../push.js';
import type { Answer, Exchange } from '../../wire/exchange.js';
import { makeLatency, type VendorDesk } from '../vendor-desk.js';
import { ApnsChannels } from './apns.channels.js';
import type { ApnsConnection } from './apns.connection.js';
import { ProviderTokens } from './apns.provider-token.js';
import type { ApnsKeys } from './apns.keys.js';
import { readApnsPush } from './apns.push.js';
import {
  accepted,
  apnsReasons,
  gone,
  isApnsReason,
  reasonOfStatus,
  type ApnsReason,
} from './apns.reasons.js';
import type { ApnsSwitches } from './apns.switches.js';
import {
  checkHeaders,
  checkPayload,
  checkTarget,
  checkToken,
  checkTopicRight,
  devicePath,
  uuidForm,
  type ApnsRequest,
} from './apns.validate.js';

interface Note {
  readonly reason: ApnsReason | null;
  readonly apnsId: string | null;
  readonly effect: PushEffect | null;
}

type Judged =
  | { readonly kind: 'accepted'; readonly request: ApnsRequest; readonly record: VendorToken }
  | { readonly kind: 'refused'; readonly reason: ApnsReason; readonly goneAt: number | null };

const minuteMs = 60_000;

/** Answers device pushes as APNs does: judge, hand to the phone, answer, write down. */
export class ApnsDesk {
  readonly #tokens: ProviderTokens;
  readonly #channels: ApnsChannels;
  readonly #latency: () => number;
  readonly #rates = new Map<string, { minute: number; count: number }>();

  constructor(
    private readonly desk: VendorDesk,
    keys: ApnsKeys,
    private readonly switches: ApnsSwitches,
    /** What the connection makes of an answer: more streams, fewer, or goodbye. */
    private readonly settle: (connection: ApnsConnection, reason: ApnsReason | null) => void,
  ) {
    this.#tokens = new ProviderTokens(keys, switches);
    this.#channels = new ApnsChannels(desk, this.#tokens, switches, settle);
    this.#latency = makeLatency(desk.load);
  }

  get providerTokensSeen(): number {
    return this.#tokens.seen;
  }

  handle(connection: ApnsConnection, exchange: Exchange): void {
    if (!exchange.path.startsWith(devicePath) && this.#channels.handle(connection, exchange)) return;
    const arrivedAt = this.desk.clock.machineNow();
    const record = this.#find(connection, exchange);
    const fault = this.desk.faults.isEmpty ? null : this.#faultFor(connection, exchange, record);
    actOnFault<Note>(exchange, fault, {
      process: () => this.#process(connection, exchange, record),
      planned: (action) => this.#planned(exchange, action),
      unprocessed: () => ({ reason: null, apnsId: exchange.headers['apns-id'] ?? null, effect: null }),
      record: (note, answer, kind) =>
        this.#record(connection, exchange, record, arrivedAt, note, answer, kind),
      latencyMs: this.#latency,
      after: this.desk.after,
    });
  }

  #process(connection: ApnsConnection, exchange: Exchange, record: VendorToken | null): Decided<Note> {
    const judged = this.#judge(connection, exchange, record);
    const apnsId = this.#idFor(exchange);
    if (judged.kind === 'refused') {
      this.settle(connection, judged.reason);
      return {
        answer: this.#refusal(judged.reason, apnsId, judged.goneAt, null),
        note: { reason: judged.reason, apnsId, effect: null },
      };
    }
    this.settle(connection, null);
    const effect = this.desk.load.fast ? 'shown' : this.#deliver(judged, exchange.body, apnsId);
    const unique =
      connection.environment === 'development' ? { 'apns-unique-id': this.desk.random.uuid() } : {};
    return {
      answer: { status: accepted, headers: { 'apns-id': apnsId, ...unique } },
      note: { reason: null, apnsId, effect },
    };
  }

  /** The order of the checks: path, authorization, headers, topic against key, token, payload. */
  #judge(connection: ApnsConnection, exchange: Exchange, record: VendorToken | null): Judged {
    const refuse = (reason: ApnsReason, goneAt: number | null = null): Judged => ({
      kind: 'refused',
      reason,
      goneAt,
    });
    const target = checkTarget(exchange.method, exchange.path);
    if (target.kind === 'refused') return refuse(target.reason);
    const authorization = this.#tokens.authorize(
      connection,
      exchange.headers['authorization'],
      this.desk.clock.now(),
    );
    if (authorization.kind === 'refused') return refuse(authorization.reason);
    const usesCertificate = connection.certificate.kind === 'known';
    const headers = checkHeaders(
      exchange,
      target.value,
      usesCertificate ? (authorization.topics?.[0] ?? null) : null,
    );
    if (headers.kind === 'refused') return refuse(headers.reason);
    const request = headers.value;
    // Location pushes are for token authentication only.
    if (usesCertificate && request.pushType === 'location') return refuse('InvalidPushType');
    const right = checkTopicRight(request, authorization.topics);
    if (right !== null) return refuse(right);
    const token = checkToken(request, record);
    if (token !== null) return refuse(token, record?.goneAt ?? null);
    if (this.#isTooOften(request.deviceToken)) return refuse('TooManyRequests');
    const payload = checkPayload(request, exchange.body);
    if (payload !== null || record === null) return refuse(payload ?? 'BadDeviceToken');
    return { kind: 'accepted', request, record };
  }

  #deliver(
    { request, record }: Extract<Judged, { kind: 'accepted' }>,
    body: Buffer,
    apnsId: string,
  ): PushEffect {
    const read = readApnsPush(request, body, apnsId, this.desk.clock.now());
    if (read.kind === 'useless') return this.desk.phones.discard(record.phone, apnsId, read.because);
    return this.desk.phones.receive(record.phone, read.push);
  }

  #find(connection: ApnsConnection, exchange: Exchange): VendorToken | null {
    if (!exchange.path.startsWith(devicePath)) return null;
    const record = this.desk.phones.findToken(exchange.path.slice(devicePath.length).toLowerCase());
    return record?.phone.vendor === 'apns' && record.phone.details['environment'] === connection.environment
      ? record
      : null;
  }

  #faultFor(connection: ApnsConnection, exchange: Exchange, record: VendorToken | null): FaultAction | null {
    return this.desk.faults.match({
      vendor: 'apns',
      token: exchange.path.slice(devicePath.length),
      phoneId: record?.phone.phoneId ?? null,
      topic: record?.phone.bundle ?? exchange.headers['apns-topic'] ?? null,
      environment: connection.environment,
    });
  }

  #planned(exchange: Exchange, action: Extract<FaultAction, { kind: 'answer' }>): Decided<Note> {
    const named = action.reason !== null && isApnsReason(action.reason) ? action.reason : null;
    const reason =
      named ?? (action.status === null ? null : reasonOfStatus(action.status)) ?? 'InternalServerError';
    const apnsId = this.#idFor(exchange);
    const answer = this.#refusal(reason, apnsId, this.desk.clock.now(), action.retryAfterSeconds);
    return { answer, note: { reason, apnsId, effect: null } };
  }

  #refusal(
    reason: ApnsReason,
    apnsId: string,
    goneAt: number | null,
    retryAfterSeconds: number | null,
  ): Answer {
    const status = apnsReasons[reason];
    const retryAfter = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
    return {
      status,
      headers: { 'apns-id': apnsId, 'content-type': 'application/json', ...retryAfter },
      body: JSON.stringify(
        status === gone ? { reason, timestamp: goneAt ?? this.desk.clock.now() } : { reason },
      ),
    };
  }

  #idFor(exchange: Exchange): string {
    const wanted = exchange.headers['apns-id'];
    return wanted !== undefined && uuidForm.test(wanted) ? wanted : this.desk.random.uuid();
  }

  #isTooOften(token: string): boolean {
    const limit = this.switches.pushesPerTokenAndMinute;
    if (limit === 0) return false;
    const minute = Math.floor(this.desk.clock.now() / minuteMs);
    const rate = this.#rates.get(token);
    const count = rate?.minute === minute ? rate.count + 1 : 1;
    this.#rates.set(token, { minute, count });
    return count > limit;
  }

  #record(
    connection: ApnsConnection,
    exchange: Exchange,
    record: VendorToken | null,
    arrivedAt: number,
    note: Note,
    answer: Answer | null,
    fault: FaultAction['kind'] | null,
  ): void {
    const { headers } = exchange;
    const retryAfter = answer?.headers?.['retry-after'];
    this.desk.ledger.append({
      arrivedAt,
      vendor: 'apns',
      environment: connection.environment,
      token: exchange.path.startsWith(devicePath) ? exchange.path.slice(devicePath.length) : null,
      phoneId: record?.phone.phoneId ?? null,
      topic: headers['apns-topic'] ?? null,
      vendorId: note.apnsId,
      apnsId: headers['apns-id'] ?? null,
      collapseId: headers['apns-collapse-id'] ?? null,
      tag: null,
      pushType: headers['apns-push-type'] ?? null,
      status: answer?.status ?? null,
      reason: note.reason,
      retryAfterSeconds: retryAfter === undefined ? null : Number(retryAfter),
      effect: note.effect,
      fault,
      traceparent: headers['traceparent'] ?? null,
      connection: exchange.connectionId,
      stream: exchange.streamId,
      payload: this.desk.load.keepsPayloads && !this.desk.load.fast ? exchange.body.toString('utf8') : null,
    });
  }
}
