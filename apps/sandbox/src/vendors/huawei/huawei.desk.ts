import type { PlannedAnswer } from '../../faults.js';
import type { VendorToken } from '../../phones.js';
import type { AcceptedPush } from '../../push.js';
import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type CallResult, type TargetResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HuaweiAppRegistration, HuaweiApps } from './huawei.apps.js';
import type { HuaweiBearers, HuaweiRefusal } from './huawei.bearer.js';
import {
  answerWithCode,
  isHuaweiCode,
  pageAnswer,
  type CodeDetail,
  type HuaweiCode,
} from './huawei.codes.js';
import { tokenPath } from './huawei.oauth.js';
import type { DeviceQuotas } from '../device-quotas.js';
import type { HuaweiSwitches } from './huawei.switches.js';
import { marketingCategory, readMessage, type HuaweiFault, type HuaweiMessage } from './huawei.validate.js';

const unavailable = 503;
const serverError = 500;

/** Of a path `/v1/<app>/messages:send` or `/v2/<project>/messages:send`. */
export interface HuaweiAddressee {
  readonly api: 'v1' | 'v2';
  readonly id: string;
}

interface Taken {
  readonly app: HuaweiAppRegistration;
  readonly message: HuaweiMessage;
  readonly requestId: string;
  readonly now: number;
}

/** Answers `messages:send`: who calls, what is asked, what the app may, the rate, then token by token. */
export class HuaweiDesk {
  readonly #answerCall: ReturnType<typeof makeCallAnswerer>;
  #requests = 0;

  constructor(
    private readonly desk: VendorDesk,
    private readonly apps: HuaweiApps,
    private readonly bearers: HuaweiBearers,
    private readonly quotas: DeviceQuotas,
    private readonly switches: HuaweiSwitches,
  ) {
    this.#answerCall = makeCallAnswerer(desk);
  }

  handle(exchange: Exchange, to: HuaweiAddressee): void {
    const read = readMessage(exchange.body.toString('utf8'));
    const message = 'code' in read ? null : read;
    const tag = message?.notifyId == null ? null : String(message.notifyId);
    this.#answerCall(exchange, {
      vendor: 'huawei',
      environment: null,
      topic: to.id,
      pushType: message === null ? null : message.isNotification ? 'notification' : 'data',
      targets: (message?.tokens ?? []).map((token) => ({ token, collapseId: null, tag })),
      payload: message?.payload ?? null,
      process: (planned) => this.#process(exchange, to, read, planned),
      planned: (action) => this.#planned(action),
    });
  }

  #process(
    exchange: Exchange,
    to: HuaweiAddressee,
    read: HuaweiMessage | HuaweiFault,
    planned: ReadonlyMap<number, PlannedAnswer>,
  ): CallResult {
    const now = this.desk.clock.now();
    const requestId = this.#nextRequestId(now);
    const checked = this.check(exchange, to, now);
    if ('code' in checked) return refused(checked.code, requestId, checked);
    const { apps } = checked;
    const [app] = apps;
    if (app === undefined) return refused('80300002', requestId);
    if ('code' in read)
      return refused(
        read.code,
        requestId,
        read.code === '80100003' ? { msg: `Illegal payload, ${read.tips}` } : {},
      );
    const right = this.#faultOfRights(app, read, now);
    if (right !== null) return refused(right, requestId);
    if (!this.quotas.takeDevices(app.appId, read.tokens.length, now))
      return { answer: pageAnswer(unavailable, null), reason: String(unavailable) };
    return this.#deliverAll({ app, message: read, requestId, now }, apps, planned);
  }

  /** Who calls, and for which apps: also what a revocation asks. */
  check(
    exchange: Exchange,
    { api, id }: HuaweiAddressee,
    now: number,
  ): { readonly apps: readonly HuaweiAppRegistration[] } | HuaweiRefusal {
    const host = exchange.headers[':authority'] ?? exchange.headers['host'] ?? '';
    const isAudience = (audience: string): boolean => audience === `https://${host}${tokenPath}`;
    const caller = this.bearers.check(exchange.headers['authorization'], api, id, isAudience, now);
    if ('code' in caller) return caller;
    if (caller.apps.some(({ isUnderPenalty }) => isUnderPenalty)) return { code: '80300037' };
    return caller.apps.every(({ isPushOn }) => isPushOn) ? caller : { code: '80300002' };
  }

  #faultOfRights(app: HuaweiAppRegistration, message: HuaweiMessage, now: number): HuaweiCode | null {
    if (message.isHigh && !message.isNotification && !app.mayUseHighData) return '80300011';
    const words = this.switches.sensitiveWords.split(',').filter((word) => word !== '');
    if (words.some((word) => `${message.title ?? ''} ${message.body ?? ''}`.includes(word)))
      return '80100016';
    if (message.receiptId !== null && this.apps.addressFor(app.appId, message.receiptId) === null)
      return '80300013';
    if (message.isTest && !this.quotas.takeTests(app.appId, message.tokens.length, now)) return '80300029';
    return null;
  }

  #deliverAll(
    taken: Taken,
    apps: readonly HuaweiAppRegistration[],
    planned: ReadonlyMap<number, PlannedAnswer>,
  ): CallResult {
    const { message, requestId } = taken;
    const { tokens } = message;
    const results = tokens.map((token, at): TargetResult => {
      const record = this.#liveToken(token, apps);
      if (record === null || planned.has(at))
        return { reason: 'illegal_tokens', effect: null, vendorId: requestId };
      const effect = message.validateOnly ? null : this.#deliver(taken, record);
      return { reason: null, effect, vendorId: requestId };
    });
    const illegal = tokens.filter((_token, at) => results[at]?.reason !== null);
    const result = (code: HuaweiCode, detail: CodeDetail = {}): CallResult => ({
      answer: answerWithCode(code, requestId, detail),
      reason: code === '80000000' ? null : code,
      results: results.map((each) => (each.reason === null ? each : { ...each, reason: code })),
    });
    if (illegal.length === 0) return result('80000000');
    if (illegal.length === tokens.length) return result('80300007');
    const detail = {
      success: tokens.length - illegal.length,
      failure: illegal.length,
      illegal_tokens: illegal,
    };
    return result('80100000', { msg: JSON.stringify(detail) });
  }

  /** Null: malformed, never given, of another app, or dead. */
  #liveToken(token: string, apps: readonly HuaweiAppRegistration[]): VendorToken | null {
    const record = this.desk.phones.findToken(token);
    if (record === null || record.phone.vendor !== 'huawei') return null;
    if (!apps.some(({ appId }) => appId === record.phone.details['appId'])) return null;
    if (record.state !== 'unregistered') return record;
    return this.switches.learnsOfUninstallLater && !record.phone.isInstalled ? record : null;
  }

  #deliver(taken: Taken, { token, phone, state }: VendorToken): TargetResult['effect'] {
    const { message, now } = taken;
    const { phones, load } = this.desk;
    if (load.fast) return 'shown';
    const push = this.#pushFor(taken, token);
    if (!phone.isInstalled) return phones.drop(phone, push, 'uninstalled');
    if (state === 'expired') return phones.drop(phone, push, 'inactive');
    if (message.isNotification && !phone.showsNotifications)
      return phones.drop(phone, push, 'notifications-off');
    if (!message.isTest) {
      if (!this.quotas.takeDevice(token, now)) return phones.drop(phone, push, 'frequency');
      if (this.#isMarketing(taken) && !this.quotas.takeMarketing(token, taken.app.isLicensedNews, now))
        return phones.drop(phone, push, 'controlled');
    }
    return phones.receive(phone, push);
  }

  /** Without a category, or without the right to it, a notification is marketing. */
  #isMarketing({ app, message: { category, isNotification } }: Taken): boolean {
    if (!isNotification) return false;
    if (category === null || category === marketingCategory) return true;
    return app.categories !== null && !app.categories.includes(category);
  }

  #pushFor({ app, message, requestId, now }: Taken, token: string): AcceptedPush {
    const { badge, receiptId } = message;
    return {
      vendorId: requestId,
      kind: message.isNotification ? 'notification' : 'data',
      collapseId: null,
      tag: message.notifyId === null ? null : String(message.notifyId),
      title: message.title,
      body: message.body,
      badge: badge !== null && 'set' in badge ? badge.set : null,
      data: dataOf(message.data),
      expiresAt: now + message.ttlSeconds * 1_000,
      storageKey: message.collapseKey === -1 ? null : String(message.collapseKey),
      receipt: {
        url: '',
        token,
        param: message.biTag,
        more: {
          appId: app.appId,
          ...(receiptId !== null && { receiptId }),
          ...(badge !== null && 'add' in badge && { badgeAdd: String(badge.add) }),
        },
      },
    };
  }

  #planned({ reason, status, retryAfterSeconds }: PlannedAnswer): CallResult {
    const requestId = this.#nextRequestId(this.desk.clock.now());
    const hint = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
    if (reason !== null && isHuaweiCode(reason)) {
      const { answer } = refused(reason, requestId, { headers: hint });
      return { answer: status === null ? answer : { ...answer, status }, reason };
    }
    const page = status ?? serverError;
    return { answer: pageAnswer(page, retryAfterSeconds), reason: reason ?? String(page) };
  }

  #nextRequestId(now: number): string {
    return `${now}${String(++this.#requests).padStart(6, '0')}${this.desk.random.hex(4)}`;
  }
}

function refused(code: HuaweiCode, requestId: string, detail: CodeDetail = {}): CallResult {
  return { answer: answerWithCode(code, requestId, detail), reason: code };
}

/** The app is handed a text; where that is a JSON object, its fields are easier to read. */
function dataOf(data: string | null): string {
  if (data === null) return '{}';
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return data;
  } catch {
    // Any text may be handed over.
  }
  return JSON.stringify({ data });
}
