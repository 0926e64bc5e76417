import type { HonorSettings } from '@reveille/contracts/vendors/honor';
import type { ReceiptReading, ReceiptRecipe, ReceiptReply, VendorReceipt } from '../../vendor.js';

const received: ReceiptReply = {
  status: 200,
  contentType: 'application/json',
  body: '{"code":"0","message":"success"}',
};
const refusal: ReceiptReading = {
  kind: 'refused',
  cause: 'no list of statuses',
  reply: {
    status: 400,
    contentType: 'application/json',
    body: '{"code":"1","message":"no list of statuses"}',
  },
};

/** `{"statuses": […]}`, posted to an address that only Honor knows: nothing is signed. */
export function honorReceipts({ receiptStatuses }: Pick<HonorSettings, 'receiptStatuses'>): ReceiptRecipe {
  return {
    keyReference: null,
    read({ body }) {
      try {
        const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
        const listed = (parsed as { statuses?: unknown } | null)?.statuses;
        if (!Array.isArray(listed)) return refusal;
        const receipts = listed.flatMap((entry) => receiptOf(entry, receiptStatuses));
        return { kind: 'receipts', receipts, reply: received };
      } catch {
        // What it was is nobody's business: it may hold tokens.
        return refusal;
      }
    },
  };
}

/** Nothing where it names no token or no status. */
function receiptOf(entry: unknown, statuses: HonorSettings['receiptStatuses']): readonly VendorReceipt[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { token, status, biTag, requestId, timestamp } = entry as Readonly<Record<string, unknown>>;
  const code = numberOf(status);
  const named = textOf(token);
  if (code === null || named === null) return [];
  return [
    {
      token: named,
      param: textOf(biTag),
      vendorId: textOf(requestId),
      status: statuses[String(code)] ?? 'unclassified',
      vendorCode: String(code),
      occurredAt: numberOf(timestamp),
    },
  ];
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Numbers come as digits, too. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
