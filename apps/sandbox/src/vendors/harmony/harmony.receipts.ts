import { createHmac } from 'node:crypto';
import type { Phone } from '../../phones.js';
import type { AcceptedPush, PushEffect, ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HarmonyProjects, HarmonyReceiptAddress } from './harmony.projects.js';
import type { HarmonySwitches } from './harmony.switches.js';
import { pushTypes } from './harmony.validate.js';

/** Why a push that was taken does not reach the app, by the result of the receipt; what is not here has none. */
const resultOfDrop: Readonly<Record<string, number>> = {
  uninstalled: 2,
  'notifications-off': 6,
  inactive: 10,
  superseded: 15,
  'too-many-stored': 15,
  frequency: 102,
  controlled: 256,
};
const gatherMs = 50;
/** How often it is tried is not documented. */
const retryAfterMs = [1_000, 5_000];
const nonceBytes = 16;

interface ReceiptItem {
  readonly token: string;
  readonly pushType: number;
  readonly packageName: string;
  readonly biTag: string | null;
  readonly result: number;
  readonly at: number;
  readonly requestId: string;
}

/** Tells providers what became of their pushes, in the second version of the body. */
export class HarmonyReceipts {
  constructor(
    private readonly desk: VendorDesk,
    private readonly projects: HarmonyProjects,
    private readonly switches: HarmonySwitches,
  ) {}

  settled(phone: Phone, push: AcceptedPush, effect: PushEffect, because: string | null): void {
    const { receipt } = push;
    if (receipt === undefined) return;
    const add = receipt.more['badgeAdd'];
    if (because === null && add !== undefined)
      phone.screen.badge = Math.min(99, (phone.screen.badge ?? 0) + Number(add));
    const result = because === null ? 0 : resultOfDrop[because];
    if (result !== undefined && effect !== 'stored') this.#post(phone, push, receipt, result);
  }

  #post(phone: Phone, push: AcceptedPush, ticket: ReceiptTicket, result: number): void {
    const { projectId = '', pushType = '0', receiptId = null } = ticket.more;
    const address = this.projects.addressFor(projectId, receiptId);
    if (address === null) return;
    const item: ReceiptItem = {
      token: ticket.token,
      pushType: Number(pushType),
      packageName: phone.bundle,
      biTag: ticket.param,
      result,
      at: this.desk.clock.now(),
      requestId: push.vendorId,
    };
    const { random } = this.desk;
    this.desk.receipts.post(
      {
        vendor: 'harmony',
        url: address.url,
        token: ticket.token,
        phoneId: phone.phoneId,
        status: String(result),
        item,
        stranger: (): ReceiptItem => ({ ...item, biTag: random.hex(12), requestId: random.hex(12) }),
      },
      this.#formFor(address),
    );
  }

  #formFor(address: HarmonyReceiptAddress): ReceiptForm {
    return {
      mostItems: this.switches.receiptsPerCall,
      gatherMs,
      retryAfterMs,
      encode: (items) => ({
        headers: { 'content-type': 'application/json', ...this.#signature(address) },
        body: JSON.stringify({ statuses: (items as readonly ReceiptItem[]).map(statusOf) }),
      }),
    };
  }

  /** Only where the operator has set both user and key; the body is not signed. */
  #signature({ user, key, keyStyle }: HarmonyReceiptAddress): Readonly<Record<string, string>> {
    if (user === null || key === null) return {};
    const timestamp = this.desk.clock.now();
    const nonce = this.desk.random.hex(nonceBytes);
    const bytes = Buffer.from(key, keyStyle === 'base64' ? 'base64' : 'utf8');
    const value = createHmac('sha256', bytes).update(`${timestamp}${nonce}${user}`).digest('base64');
    return { 'x-huawei-callback-id': `timestamp=${timestamp}; nonce=${nonce}; value=${value}` };
  }
}

function statusOf({ token, pushType, packageName, biTag, result, at, requestId }: ReceiptItem): object {
  const isForm = String(pushType) === pushTypes.form;
  return {
    token,
    pushType,
    appPackageName: packageName,
    ...(biTag !== null && { biTag }),
    requestId,
    ...(isForm
      ? { formStatus: { formId: 1, result, timestamp: at } }
      : { deliveryStatus: { result, timestamp: at } }),
  };
}
