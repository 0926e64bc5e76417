import type { Phone, VendorToken } from '../../phones.js';
import type { AcceptedPush, PushEffect, ReceiptTicket } from '../../push.js';
import type { VendorDesk } from '../vendor-desk.js';
import { isMarketing, type OppoApp } from './oppo.apps.js';
import type { OppoQuotas } from './oppo.quotas.js';
import type { OppoEvent } from './oppo.receipts.js';
import type { OppoMessage } from './oppo.validate.js';

const dayMs = 86_400_000;
/** Older ids are forgotten, so that a sandbox that is pushed to for hours stays small. */
const idsKept = 200_000;

/** What becomes of a message that OPPO took: once per target and `app_message_id`, and a dead target is noticed only now. */
export class OppoDelivery {
  readonly #seen = new Map<string, number>();
  readonly #dead = new Map<string, Set<string>>();

  constructor(
    private readonly desk: VendorDesk,
    private readonly quotas: OppoQuotas,
    private readonly tell: (ticket: ReceiptTicket, event: OppoEvent) => void,
  ) {}

  /** Ids that this app pushed to and that are dead. */
  deadIds(app: OppoApp): readonly string[] {
    return [...(this.#dead.get(app.appId) ?? [])];
  }

  deliver(app: OppoApp, message: OppoMessage, messageId: string, now: number): PushEffect {
    if (this.desk.load.fast) return 'shown';
    const { registrationId: token } = message;
    const receipt = ticketOf(app, message, messageId);
    const record = this.desk.phones.findToken(token);
    if (!isAlive(record, app)) {
      this.#bury(app.appId, token);
      if (receipt !== null) this.tell(receipt, 'regid_invalid');
      return 'dropped';
    }
    const { phone } = record;
    if (this.isRepeat(app, message, now)) return this.desk.phones.discard(phone, messageId, 'duplicate');
    if (isMarketing(app, message.category, message.channelId) && !this.quotas.takeOfDevice(token, now)) {
      if (receipt !== null) this.tell(receipt, 'user_daily_limit');
      return this.desk.phones.discard(phone, messageId, 'user_daily_limit');
    }
    const push = acceptedPush(message, messageId, phone, receipt, now);
    // It has reached OPPO's client all the same, which is what the receipt says.
    if (!phone.showsNotifications && phone.online)
      return this.desk.phones.drop(phone, push, 'notifications-off');
    return this.desk.phones.receive(phone, push);
  }

  /** Whether a message under this id went to this target before, or, as the switch says, was refused; the next one will have. */
  isRepeat(
    { appId }: OppoApp,
    { appMessageId, registrationId }: Pick<OppoMessage, 'appMessageId' | 'registrationId'>,
    now: number,
  ): boolean {
    if (appMessageId === null) return false;
    for (const [old, at] of this.#seen) {
      if (at > now - dayMs && this.#seen.size < idsKept) break;
      this.#seen.delete(old);
    }
    const key = `${appId} ${appMessageId} ${registrationId}`;
    if (this.#seen.has(key)) return true;
    this.#seen.set(key, now);
    return false;
  }

  #bury(appId: string, token: string): void {
    const dead = this.#dead.get(appId) ?? new Set();
    this.#dead.set(appId, dead.add(token));
  }
}

/** Of this app, and not uninstalled, deregistered or replaced since. */
export function isAlive(record: VendorToken | null, app: OppoApp): record is VendorToken {
  return record !== null && record.state === 'active' && record.phone.bundle === app.bundle;
}

function ticketOf(
  { appId }: OppoApp,
  { callbackUrl, callbackParameter, registrationId }: OppoMessage,
  messageId: string,
): ReceiptTicket | null {
  if (callbackUrl === null) return null;
  return { url: callbackUrl, token: registrationId, param: callbackParameter, more: { appId, messageId } };
}

function acceptedPush(
  message: OppoMessage,
  vendorId: string,
  phone: Phone,
  receipt: ReceiptTicket | null,
  now: number,
): AcceptedPush {
  const { badge } = message;
  return {
    vendorId,
    kind: 'notification',
    collapseId: null,
    tag: message.notifyId === null ? null : String(message.notifyId),
    title: message.title,
    body: message.content,
    badge: badge === null ? null : badge.count + (badge.adds ? (phone.screen.badge ?? 0) : 0),
    data: message.data,
    expiresAt: message.isKeptOffline ? now + message.ttlSeconds * 1_000 : 0,
    storageKey: null,
    ...(receipt !== null && { receipt }),
  };
}
