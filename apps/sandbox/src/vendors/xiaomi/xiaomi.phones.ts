import type { Phone } from '../../phones.js';
import type { AcceptedPush, PushEffect, ReceiptTicket } from '../../push.js';
import type { VendorDesk } from '../vendor-desk.js';
import { appNameOf, type XiaomiApp } from './xiaomi.apps.js';
import type { XiaomiMessage } from './xiaomi.form.js';
import type { XiaomiQuotas } from './xiaomi.quotas.js';
import { postReceipt } from './xiaomi.receipts.js';
import type { XiaomiSwitches } from './xiaomi.switches.js';
import { classOf, readParams, type XiaomiClass } from './xiaomi.validate.js';

const keysKept = 200;

/** A good message on its way to one phone. */
export interface Delivery {
  readonly app: XiaomiApp;
  readonly message: XiaomiMessage;
  readonly id: string;
  readonly token: string;
  /** The id that took the token's place; null: it is the phone's own. */
  readonly renamed: string | null;
}

/** What Xiaomi's own app on the phone makes of messages: caps, job keys, filters, and what it tells of them. */
export class XiaomiPhones {
  readonly #jobKeys = new Map<string, Set<string>>();

  constructor(
    private readonly desk: VendorDesk,
    private readonly quotas: XiaomiQuotas,
    private readonly switches: XiaomiSwitches,
  ) {}

  deliver(phone: Phone, delivery: Delivery): PushEffect {
    const { message, id, app } = delivery;
    const now = this.desk.clock.now();
    const push = this.#pushOf(delivery, now);
    const { phones } = this.desk;
    if (push.kind === 'data' && !this.switches.deliversPassThrough)
      return phones.discard(phone, id, 'pass-through');
    if (!this.quotas.takeOfDevice(appNameOf(app), classOf(message, app), phone.phoneId, now))
      return phones.drop(phone, push, 'quota');
    if (this.#isRepeated(phone, message.extras.get('jobkey')))
      return phones.discard(phone, id, 'duplicate-jobkey');
    if (!isMeant(message.extras, phone.details)) return phones.drop(phone, push, 'filtered');
    if (!phone.showsNotifications) return phones.drop(phone, push, 'notifications-off');
    const waitMs = Number(message.fields.get('time_to_send') ?? 0) - now;
    if (waitMs <= 0) return phones.receive(phone, push);
    this.desk.after(waitMs, () => void phones.receive(phone, push));
    return 'stored';
  }

  /** A push has come to its end on a phone. */
  settled(phone: Phone, { receipt }: AcceptedPush, effect: PushEffect, because: string | null): void {
    if (receipt === undefined) return;
    if (effect === 'shown' || effect === 'replaced' || effect === 'data') {
      const kind = (receipt.more['class'] ?? 'default') as XiaomiClass;
      this.quotas.countDelivered(receipt.more['app'] ?? '', kind, this.desk.clock.now());
      postReceipt(this.desk, phone, receipt, 'delivered');
    }
    if (because === 'quota') postReceipt(this.desk, phone, receipt, 'quota');
    if (because === 'filtered') postReceipt(this.desk, phone, receipt, 'filtered');
    if (because === 'notifications-off') postReceipt(this.desk, phone, receipt, 'disabled');
  }

  #isRepeated({ phoneId }: Phone, jobKey: string | undefined): boolean {
    if (jobKey === undefined) return false;
    const keys = this.#jobKeys.get(phoneId) ?? new Set();
    this.#jobKeys.set(phoneId, keys);
    if (keys.has(jobKey)) return true;
    keys.add(jobKey);
    const [oldest] = keys;
    if (keys.size > keysKept && oldest !== undefined) keys.delete(oldest);
    return false;
  }

  #pushOf(delivery: Delivery, now: number): AcceptedPush {
    const { app, message, id } = delivery;
    const { fields, extras } = message;
    const kind = classOf(message, app);
    const longestMs = kind === 'private' ? this.switches.privateTtlMs : this.switches.publicTtlMs;
    const ttlMs = Math.min(Number(fields.get('time_to_live') ?? longestMs), longestMs);
    const isNowOrNever = ttlMs === 0 || extras.get('only_send_once') === '1';
    return {
      vendorId: id,
      kind: fields.get('pass_through') === '1' ? 'data' : 'notification',
      collapseId: null,
      tag: fields.get('notify_id') ?? '0',
      ...this.#textsOf(delivery),
      badge: null,
      data: JSON.stringify({ payload: fields.get('payload') ?? '' }),
      expiresAt: isNowOrNever ? 0 : now + ttlMs,
      storageKey: null,
      receipt: ticketOf(delivery, kind, this.quotas.ofDay(appNameOf(app), kind, now)),
    };
  }

  #textsOf({ app, message }: Delivery): { readonly title: string | null; readonly body: string | null } {
    const { fields, extras } = message;
    const template = app.templates.find(({ id }) => id === extras.get('template_id'));
    if (!this.switches.showsTemplate || template === undefined)
      return { title: fields.get('title') ?? null, body: fields.get('description') ?? null };
    const params = readParams(extras.get('template_param'));
    const fill = (text: string): string =>
      text.replaceAll(/\{(\w+)\}/g, (written, name: string) => params?.get(name) ?? written);
    return { title: fill(template.title), body: fill(template.description) };
  }
}

/** Every push has a ticket, so that deliveries are counted; nobody is told where no address stands in it. */
export function ticketOf(
  { app, message, id, token, renamed }: Delivery,
  kind: XiaomiClass,
  day: { readonly quota: number; readonly acked: number } | null,
): ReceiptTicket {
  const { extras } = message;
  return {
    url: extras.get('callback') ?? '',
    token,
    param: extras.get('callback.param') ?? null,
    more: {
      id,
      type: extras.get('callback.type') ?? '3',
      jobkey: extras.get('jobkey') ?? '',
      app: appNameOf(app),
      class: kind,
      ...(renamed !== null && { renamed }),
      ...(day !== null && { quota: String(day.quota), acked: String(day.acked) }),
    },
  };
}

/** The filters of a message: lists of locales and versions, and a network. */
function isMeant(extras: ReadonlyMap<string, string>, details: Readonly<Record<string, unknown>>): boolean {
  const names = (name: string, value: unknown): boolean | null => {
    const list = extras.get(name);
    return list === undefined ? null : list.split(',').some((one) => one.trim() === value);
  };
  return (
    names('locale', details['locale']) !== false &&
    names('locale_not_in', details['locale']) !== true &&
    names('app_version', details['appVersion']) !== false &&
    names('app_version_not_in', details['appVersion']) !== true &&
    names('connpt', details['network']) !== false
  );
}
