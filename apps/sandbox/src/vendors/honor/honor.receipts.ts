import type { Phone } from '../../phones.js';
import type { AcceptedPush, PushEffect } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';
import type { HonorApps } from './honor.apps.js';
import type { HonorSwitches } from './honor.switches.js';

const gatherMs = 50;
/** How often Honor tries is not documented. */
const retryAfterMs = [1_000, 5_000];
const strangerBytes = 12;

/** Tells apps that their pushes were delivered. What Honor says of others is not documented, so it says nothing. */
export function makeHonorReceipts(
  desk: VendorDesk,
  apps: HonorApps,
  switches: HonorSwitches,
): (phone: Phone, push: AcceptedPush, effect: PushEffect, because: string | null) => void {
  const form = (): ReceiptForm => ({
    encode: (items) => ({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ statuses: items }),
    }),
    mostItems: switches.receiptsPerCall,
    gatherMs,
    retryAfterMs,
  });
  return (phone, { receipt, vendorId }, effect, because) => {
    if (receipt === undefined || because !== null || effect === 'stored') return;
    const appId = receipt.more['appId'] ?? '';
    const url = apps.receiptUrl(appId);
    if (url === null) return;
    const item = {
      biTag: receipt.param ?? '',
      appid: appId,
      token: receipt.token,
      status: switches.deliveredStatus,
      timestamp: desk.clock.now(),
      requestId: vendorId,
    };
    desk.receipts.post(
      {
        vendor: 'honor',
        url,
        token: receipt.token,
        phoneId: phone.phoneId,
        status: String(item.status),
        item,
        stranger: () => ({
          ...item,
          biTag: desk.random.hex(strangerBytes),
          requestId: desk.random.hex(strangerBytes),
        }),
      },
      form(),
    );
  };
}
