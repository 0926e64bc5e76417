import { createHmac } from 'node:crypto';
import type { Phone } from '../../phones.js';
import type { AcceptedPush, PushEffect, ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HuaweiApps, HuaweiReceiptAddress } from './huawei.apps.js';
import type { HuaweiSwitches } from './huawei.switches.js';

/** Why a push that was taken does not reach the screen, by Huawei's status; what is not here has no receipt. */
const statusOfDrop: Readonly<Record<string, number>> = {
  uninstalled: 2,
  'notifications-off': 6,
  inactive: 10,
  superseded: 15,
  'too-many-stored': 15,
  frequency: 102,
  controlled: 201,
};
const gatherMs = 50;
/** How often Huawei tries is not documented. */
const retryAfterMs = [1_000, 5_000];
const randomBytes = 16;

interface ReceiptItem {
  readonly token: string;
  readonly packageName: string;
  readonly biTag: string | null;
  readonly status: number;
  readonly at: number;
  readonly appId: string;
  readonly requestId: string;
}

/** Tells providers what became of their pushes. */
export class HuaweiReceipts {
  constructor(
    private readonly desk: VendorDesk,
    private readonly apps: HuaweiApps,
    private readonly switches: HuaweiSwitches,
  ) {}

  settled(phone: Phone, push: AcceptedPush, effect: PushEffect, because: string | null): void {
    const { receipt } = push;
    if (receipt === undefined) return;
    const add = receipt.more['badgeAdd'];
    if (because === null && add !== undefined)
      phone.screen.badge = Math.min(99, (phone.screen.badge ?? 0) + Number(add));
    const status = because === null ? 0 : statusOfDrop[because];
    if (status !== undefined && effect !== 'stored') this.#post(phone, push, receipt, status);
  }

  #post(phone: Phone, push: AcceptedPush, ticket: ReceiptTicket, status: number): void {
    const appId = ticket.more['appId'] ?? '';
    const address = this.apps.addressFor(appId, ticket.more['receiptId'] ?? null);
    if (address === null) return;
    const item: ReceiptItem = {
      token: ticket.token,
      packageName: phone.bundle,
      biTag: ticket.param,
      status,
      at: this.desk.clock.now(),
      appId,
      requestId: push.vendorId,
    };
    const stranger = (): ReceiptItem => ({
      ...item,
      biTag: this.desk.random.hex(12),
      requestId: this.desk.random.hex(12),
    });
    this.desk.receipts.post(
      {
        vendor: 'huawei',
        url: address.url,
        token: ticket.token,
        phoneId: phone.phoneId,
        status: String(status),
        item,
        stranger,
      },
      this.#formFor(address),
    );
  }

  /** What the console's test button sends: a fixed body, without a signature. */
  probe(address: HuaweiReceiptAddress): void {
    const item: ReceiptItem = {
      token: 'test-token',
      packageName: 'com.example.test',
      biTag: 'test',
      status: 0,
      at: this.desk.clock.now(),
      appId: address.appId,
      requestId: 'test-request',
    };
    const order = {
      vendor: 'huawei',
      url: address.url,
      token: item.token,
      phoneId: null,
      status: 'probe',
      item,
      stranger: () => item,
    };
    const unsigned = this.#formFor({ ...address, user: null, key: null });
    this.desk.receipts.post(order, { ...unsigned, mostItems: 1, retryAfterMs: [] });
  }

  #formFor(address: HuaweiReceiptAddress): ReceiptForm {
    return {
      mostItems: this.switches.receiptsPerCall,
      gatherMs,
      retryAfterMs,
      encode: (items) => {
        const shape = address.version === 1 ? firstShape : secondShape;
        return {
          headers: { 'content-type': 'application/json', ...this.#signature(address) },
          body: JSON.stringify({ statuses: (items as readonly ReceiptItem[]).map(shape) }),
        };
      },
    };
  }

  /** Only where the operator has set both user and key; the body is not signed. */
  #signature({ user, key, keyStyle }: HuaweiReceiptAddress): Readonly<Record<string, string>> {
    if (user === null || key === null) return {};
    const timestamp = this.desk.clock.now();
    const nonce = this.desk.random.hex(randomBytes);
    const bytes = Buffer.from(key, keyStyle === 'base64' ? 'base64' : 'utf8');
    const value = createHmac('sha256', bytes).update(`${timestamp}${nonce}${user}`).digest('base64');
    return { 'x-huawei-callback-id': `timestamp=${timestamp}; nonce=${nonce}; value=${value}` };
  }
}

function firstShape({ token, biTag, status, at, appId, requestId }: ReceiptItem): object {
  return { token, biTag: biTag ?? '', status, timestamp: at, clientId: appId, requestId };
}

function secondShape({ token, packageName, biTag, status, at, requestId }: ReceiptItem): object {
  return {
    token,
    pushType: 0,
    appPackageName: packageName,
    ...(biTag !== null && { biTag }),
    requestId,
    deliveryStatus: { result: status, timestamp: at },
  };
}
