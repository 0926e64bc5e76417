import type { Phone } from '../../phones.js';
import type { ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';

interface Item {
  readonly id: string;
  readonly type: number;
  readonly param: string;
  readonly target: string;
}

/** A form with `cb`, an object by `<msgId>-<type>`, and a token of Meizu's own; about every second, and once. */
const form: ReceiptForm = {
  encode: (items) => {
    const messages: Record<string, { param: string; type: number; targets: string[] }> = {};
    for (const { id, type, param, target } of items as readonly Item[])
      (messages[`${id}-${type}`] ??= { param, type, targets: [] }).targets.push(target);
    return {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ cb: JSON.stringify(messages), access_token: 'flyme' }).toString(),
    };
  },
  mostItems: 1000,
  gatherMs: 1_000,
  retryAfterMs: [],
};

/** @param type 1 delivered, 2 clicked; told if the provider asked for it */
export function postReceipt(
  desk: VendorDesk,
  { phoneId }: Phone,
  { url, token, param, more }: ReceiptTicket,
  type: 1 | 2,
): void {
  if ((Number(more['type']) & type) === 0) return;
  const item: Item = { id: more['id'] ?? '', type, param: param ?? '', target: token };
  desk.receipts.post(
    {
      vendor: 'meizu',
      url,
      token,
      phoneId,
      status: String(type),
      item,
      stranger: () => ({ ...item, id: desk.random.hex(16), param: '' }),
    },
    form,
  );
}
