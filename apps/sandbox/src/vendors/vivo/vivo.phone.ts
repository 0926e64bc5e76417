import type { Phone, VendorToken } from '../../phones.js';
import type { AcceptedPush, PushEffect, ReceiptTicket } from '../../push.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { VivoApp } from './vivo.apps.js';
import type { VivoQuotas } from './vivo.quotas.js';
import type { VivoEvent } from './vivo.receipts.js';
import type { VivoSwitches } from './vivo.switches.js';
import type { VivoMessage } from './vivo.validate.js';

/** What vivo says of a target that it does not take: `invalidUser.status`, or that the device cannot receive now. */
export type TargetFault = 1 | 2 | 4 | 'muted';

export interface Sending {
  readonly app: VivoApp;
  readonly message: VivoMessage;
  readonly taskId: string;
  readonly isList: boolean;
  readonly now: number;
}

/** What becomes of a message that vivo took, target by target. */
export class VivoDelivery {
  /** Who waits to be counted on arrival. */
  readonly #onTheWay = new Map<string, Pick<Sending, 'app' | 'message'>>();

  constructor(
    private readonly desk: VendorDesk,
    private readonly quotas: VivoQuotas,
    private readonly switches: VivoSwitches,
    private readonly tell: (ticket: ReceiptTicket, event: VivoEvent) => void,
  ) {}

  faultOf(token: string, app: VivoApp, isTest: boolean): TargetFault | null {
    const record = this.desk.phones.findToken(token);
    if (record === null || record.phone.bundle !== app.bundle) return 1;
    if (record.state !== 'active') return 2;
    if (isTest && !app.testDevices.includes(token)) return 4;
    return record.phone.showsNotifications && record.phone.details['isIdle'] !== true ? null : 'muted';
  }

  deliver(token: string, sending: Sending): PushEffect {
    if (this.desk.load.fast) return 'shown';
    const { phone } = this.desk.phones.findToken(token) as VendorToken;
    const { message, taskId, now } = sending;
    const receipt = this.#ticketOf(token, sending);
    const stop = (event: VivoEvent, because: string): PushEffect => {
      if (receipt !== null) this.tell(receipt, event);
      return this.desk.phones.discard(phone, taskId, because);
    };
    if (message.isOperational && !message.isTest) {
      if (!this.quotas.takeText(token, message.title, message.content, now))
        return stop('104/2124', 'same-text');
      if (!this.quotas.takeOfDevice(token, now)) return stop('104/12000', 'device-cap');
    }
    this.#onTheWay.set(`${taskId} ${phone.phoneId}`, sending);
    return this.desk.phones.receive(phone, acceptedPush(sending, phone, receipt));
  }

  /** A push to a list may meet a phone that cannot receive: nothing says so but its receipt. */
  hide(token: string, sending: Sending): PushEffect {
    const { phone } = this.desk.phones.findToken(token) as VendorToken;
    const receipt = this.#ticketOf(token, sending);
    if (receipt !== null) this.tell(receipt, '104/1040');
    return this.desk.phones.discard(phone, sending.taskId, 'muted');
  }

  settled(phone: Phone, push: AcceptedPush, effect: PushEffect, because: string | null): void {
    const key = `${push.vendorId} ${phone.phoneId}`;
    const sending = this.#onTheWay.get(key);
    this.#onTheWay.delete(key);
    const isArrival = effect !== 'dropped';
    if (sending !== undefined && isArrival && !sending.message.isTest)
      this.quotas.arrived(sending.app.appId, sending.message.isOperational, this.desk.clock.now());
    const { receipt } = push;
    if (receipt === undefined) return;
    if (isArrival) this.tell(receipt, '0');
    else if (because === 'superseded') this.tell(receipt, '103');
    else if (because === 'expired') this.tell(receipt, '104/10012');
  }

  /** An address in the push is for single, formal messages; a registered one counts where both stand, once it is old enough. */
  #ticketOf(token: string, { app, message, taskId, isList, now }: Sending): ReceiptTicket | null {
    const { callbackId, callbackUrl, callbackParam } = message;
    const registered = app.callbacks.find(({ id }) => id === callbackId);
    const isReady =
      registered !== undefined && now - registered.registeredAt >= this.switches.callbackWaitSeconds * 1_000;
    const own = isList || message.isTest ? null : callbackUrl;
    const url = callbackId === null ? own : isReady ? registered.url : null;
    return url === null ? null : { url, token, param: callbackParam, more: { taskId } };
  }
}

function acceptedPush(
  { message, taskId, now }: Sending,
  phone: Phone,
  receipt: ReceiptTicket | null,
): AcceptedPush {
  return {
    vendorId: taskId,
    kind: 'notification',
    collapseId: null,
    tag: message.notifyId === null ? null : String(message.notifyId),
    title: message.title,
    body: message.content,
    badge: message.addsBadge ? (phone.screen.badge ?? 0) + 1 : null,
    data: message.data,
    expiresAt: message.isOnlyForOnline ? 0 : now + message.ttlSeconds * 1_000,
    storageKey: null,
    ...(receipt !== null && { receipt }),
  };
}
