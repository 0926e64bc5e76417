import type { Phone } from '../../phones.js';
import type { ReceiptTicket } from '../../push.js';
import type { ReceiptForm } from '../../receipts/receipt-post.js';
import type { VendorDesk } from '../vendor-desk.js';

/** The bits of `callback.type`. */
export const receiptBits = {
  delivered: 1,
  clicked: 2,
  invalid: 16,
  disabled: 32,
  filtered: 64,
  quota: 128,
} as const;
export type ReceiptWord = keyof typeof receiptBits;

interface Item {
  readonly id: string;
  readonly target: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** A form with the field `data`: an object by message id; targets of one message stand together. */
const form: ReceiptForm = {
  encode: (items) => {
    const messages: Record<string, Record<string, unknown>> = {};
    for (const { id, target, message } of items as readonly Item[]) {
      const earlier = messages[id]?.['targets'];
      messages[id] = { ...message, targets: typeof earlier === 'string' ? `${earlier},${target}` : target };
    }
    return {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ data: JSON.stringify(messages) }).toString(),
    };
  },
  mostItems: 100,
  gatherMs: 50,
  retryAfterMs: [],
};

/** Tells the provider, if it asked to be told this. */
export function postReceipt(
  desk: VendorDesk,
  phone: Pick<Phone, 'phoneId' | 'showsNotifications'>,
  { url, token, param, more }: ReceiptTicket,
  word: ReceiptWord,
): void {
  const type = receiptBits[word];
  if (url === '' || (Number(more['type']) & type) === 0) return;
  const message = {
    param: param ?? '',
    type,
    jobkey: more['jobkey'] ?? '',
    barStatus: phone.showsNotifications ? 'Enable' : 'Disable',
    timestamp: desk.clock.now(),
    ...(word === 'invalid' && { errorCode: 1 }),
    ...(more['renamed'] !== undefined && { replaceTarget: { [token]: more['renamed'] } }),
    ...(word === 'quota' && { extra: { ack: more['acked'] ?? '', quota: more['quota'] ?? '' } }),
  };
  const id = more['id'] ?? '';
  desk.receipts.post(
    {
      vendor: 'xiaomi',
      url,
      token,
      phoneId: phone.phoneId,
      status: String(type),
      group: String(type),
      item: { id, target: more['renamed'] ?? token, message } satisfies Item,
      stranger: () => ({ id: `x${desk.random.hex(12)}`, target: token, message: { ...message, param: '' } }),
    },
    form,
  );
}
