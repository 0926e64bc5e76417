import type { PlannedAnswer } from '../../faults.js';
import type { Phone } from '../../phones.js';
import type { AcceptedPush, PushEffect } from '../../push.js';
import type { Exchange } from '../../wire/exchange.js';
import { makeCallAnswerer, type CallResult, type TargetResult } from '../call-answerer.js';
import type { VendorDesk } from '../vendor-desk.js';
import { checkBearer } from './harmony.bearer.js';
import {
  answerWithCode,
  isHarmonyCode,
  pageAnswer,
  type CodeDetail,
  type HarmonyCode,
} from './harmony.codes.js';
import { marketingCategory } from './harmony.notification.js';
import type { HarmonyProjectRegistration, HarmonyProjects } from './harmony.projects.js';
import type { DeviceQuotas } from '../device-quotas.js';
import type { HarmonySwitches } from './harmony.switches.js';
import { pushTypes, readMessage, type HarmonyFault, type HarmonyMessage } from './harmony.validate.js';

const unavailable = 503;
const serverError = 500;

/** Why a token of a request gets nothing, as `illegalTokens` names it. */
const illegalReasons = [
  'tokenFormatError',
  'tokenPlatformNotSupport',
  'noRight',
  'noPushTypeRight',
  'appinfoError',
  'disableSendHuaweiMsgBecauseOfPenalty',
  'countryNotSupport',
  'differentImgVerifyPolicy',
  'notSupportPlayVoice',
  'noRightToSendThisLiveNotificationEvent',
  'atomicUnableSendUnsubscribedMsg',
] as const;
type IllegalReason = (typeof illegalReasons)[number];

export function isIllegalReason(text: string): text is IllegalReason {
  return (illegalReasons as readonly string[]).includes(text);
}

interface Taken {
  readonly project: HarmonyProjectRegistration;
  readonly message: HarmonyMessage;
  readonly requestId: string;
  readonly now: number;
}

/** Answers `/v3/<project>/messages:send`: who calls, what is asked, what the project may, the rate, then token by token. */
export class HarmonyDesk {
  readonly #answerCall: ReturnType<typeof makeCallAnswerer>;
  #requests = 0;

  constructor(
    private readonly desk: VendorDesk,
    private readonly projects: HarmonyProjects,
    private readonly quotas: DeviceQuotas,
    private readonly switches: HarmonySwitches,
  ) {
    this.#answerCall = makeCallAnswerer(desk);
  }

  handle(exchange: Exchange, projectId: string): void {
    const pushType = exchange.headers['push-type'];
    const read = readMessage(exchange.body.toString('utf8'), pushType);
    const message = 'code' in read ? null : read;
    const tag = message?.notifyId == null ? null : String(message.notifyId);
    this.#answerCall(exchange, {
      vendor: 'harmony',
      environment: null,
      topic: projectId,
      pushType: pushType ?? null,
      targets: (message?.tokens ?? []).map((token) => ({ token, collapseId: null, tag })),
      payload: message?.payload ?? null,
      process: (planned) => this.#process(exchange, projectId, read, planned),
      planned: (action) => this.#planned(action),
    });
  }

  #process(
    exchange: Exchange,
    projectId: string,
    read: HarmonyMessage | HarmonyFault,
    planned: ReadonlyMap<number, PlannedAnswer>,
  ): CallResult {
    const now = this.desk.clock.now();
    const requestId = this.#nextRequestId(now);
    const { authorization } = exchange.headers;
    const caller = checkBearer(this.projects, authorization, this.projects.find(projectId), now);
    if ('code' in caller) return refused(caller.code, requestId);
    if ('code' in read)
      return refused(
        read.code,
        requestId,
        read.code === '80100003' ? { msg: `Illegal payload, ${read.tips}` } : {},
      );
    const taken: Taken = { project: caller.project, message: read, requestId, now };
    const right = this.#faultOfRights(taken);
    if (right !== null) return refused(right, requestId);
    if (!this.quotas.takeDevices(projectId, read.tokens.length, now))
      return { answer: pageAnswer(unavailable, null), reason: String(unavailable) };
    return this.#deliverAll(taken, planned);
  }

  #faultOfRights({ project: { projectId }, message, now }: Taken): HarmonyCode | null {
    const words = this.switches.sensitiveWords.split(',').filter((word) => word !== '');
    if (words.some((word) => `${message.title ?? ''} ${message.body ?? ''}`.includes(word)))
      return '80100016';
    if (message.receiptId !== null && this.projects.addressFor(projectId, message.receiptId) === null)
      return '80300013';
    if (message.isTest && !this.quotas.takeTests(projectId, message.tokens.length, now)) return '80300029';
    return null;
  }

  #deliverAll(taken: Taken, planned: ReadonlyMap<number, PlannedAnswer>): CallResult {
    const { message, requestId } = taken;
    const { tokens } = message;
    const illegal = new Map<IllegalReason, string[]>();
    const results = tokens.map((token, at): TargetResult => {
      const found = this.#phoneOf(token, taken);
      const reason = plannedReason(planned.get(at)) ?? (typeof found === 'string' ? found : null);
      if (reason === null && typeof found !== 'string')
        return { reason: null, effect: this.#deliver(taken, token, found), vendorId: requestId };
      const why = reason ?? 'noRight';
      illegal.set(why, [...(illegal.get(why) ?? []), token]);
      return { reason: why, effect: null, vendorId: requestId };
    });
    const failure = results.filter(({ reason }) => reason !== null).length;
    const result = (code: HarmonyCode, detail: CodeDetail = {}): CallResult => ({
      answer: answerWithCode(code, requestId, detail),
      reason: code === '80000000' ? null : code,
      results: results.map((each) => (each.reason === null ? each : { ...each, reason: code })),
    });
    if (failure === 0) return result('80000000');
    if (failure === tokens.length) return result('80300007');
    const detail = { success: tokens.length - failure, failure, illegalTokens: Object.fromEntries(illegal) };
    return result('80100000', { msg: this.switches.detailIsText ? JSON.stringify(detail) : detail });
  }

  /** The phone, or why the token gets nothing. */
  #phoneOf(token: string, { project, message }: Taken): Phone | IllegalReason {
    const record = this.desk.phones.findToken(token);
    if (record === null) return 'tokenFormatError';
    const { phone, state } = record;
    // A token of an Android phone of the same maker.
    if (phone.vendor !== 'harmony') return 'tokenPlatformNotSupport';
    if (phone.details['projectId'] !== project.projectId) return 'noRight';
    if (project.pushTypes !== null && !project.pushTypes.includes(message.pushType)) return 'noPushTypeRight';
    if (state !== 'unregistered') return phone;
    return this.switches.learnsOfUninstallLater && !phone.isInstalled ? phone : 'noRight';
  }

  #deliver(taken: Taken, token: string, phone: Phone): PushEffect {
    const { message, now, project } = taken;
    const { phones, load } = this.desk;
    if (load.fast) return 'shown';
    const push = this.#pushFor(taken, token);
    if (!phone.isInstalled) return phones.drop(phone, push, 'uninstalled');
    if (phones.findToken(token)?.state === 'expired') return phones.drop(phone, push, 'inactive');
    if (message.isShown && !phone.showsNotifications) return phones.drop(phone, push, 'notifications-off');
    if (!message.isTest) {
      if (!this.quotas.takeDevice(token, now)) return phones.drop(phone, push, 'frequency');
      if (isMarketing(taken) && !this.quotas.takeMarketing(token, project.isLicensedNews, now))
        return phones.drop(phone, push, 'controlled');
    }
    return phones.receive(phone, push);
  }

  #pushFor({ project, message, requestId, now }: Taken, token: string): AcceptedPush {
    const { badge, receiptId } = message;
    return {
      vendorId: requestId,
      kind: message.isShown ? 'notification' : message.pushType === pushTypes.call ? 'call' : 'data',
      collapseId: null,
      tag: message.notifyId === null ? null : String(message.notifyId),
      title: message.title,
      body: message.body,
      badge: badge !== null && 'set' in badge ? badge.set : null,
      data: message.data,
      expiresAt: now + message.ttlSeconds * 1_000,
      storageKey: message.collapseKey === -1 ? null : String(message.collapseKey),
      receipt: {
        url: '',
        token,
        param: message.biTag,
        more: {
          projectId: project.projectId,
          pushType: message.pushType,
          ...(receiptId !== null && { receiptId }),
          ...(badge !== null && 'add' in badge && { badgeAdd: String(badge.add) }),
        },
      },
    };
  }

  #planned({ reason, status, retryAfterSeconds }: PlannedAnswer): CallResult {
    const requestId = this.#nextRequestId(this.desk.clock.now());
    const headers = retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) };
    // Alone in its request, a token is told of without its reason.
    const code = reason !== null && isIllegalReason(reason) ? '80300007' : reason;
    if (code !== null && isHarmonyCode(code)) {
      const { answer } = refused(code, requestId, { headers });
      return { answer: status === null ? answer : { ...answer, status }, reason: code };
    }
    const page = status ?? serverError;
    return { answer: pageAnswer(page, retryAfterSeconds), reason: reason ?? String(page) };
  }

  #nextRequestId(now: number): string {
    return `${now}${String(++this.#requests).padStart(6, '0')}${this.desk.random.hex(4)}`;
  }
}

/** Of a planned error for one target; a code that is no reason makes the token one without a right. */
function plannedReason(action: PlannedAnswer | undefined): IllegalReason | null {
  if (action === undefined) return null;
  return action.reason !== null && isIllegalReason(action.reason) ? action.reason : 'noRight';
}

/** Without the right to its category a notification is marketing. */
function isMarketing({ project: { categories }, message: { category, isShown } }: Taken): boolean {
  if (!isShown || category === null) return false;
  return category === marketingCategory || (categories !== null && !categories.includes(category));
}

function refused(code: HarmonyCode, requestId: string, detail: CodeDetail = {}): CallResult {
  return { answer: answerWithCode(code, requestId, detail), reason: code };
}
