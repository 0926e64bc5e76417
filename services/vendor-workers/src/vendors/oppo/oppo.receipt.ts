import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { ReceiptCallback, ReceiptReading, ReceiptRecipe, VendorReceipt } from '../../vendor.js';
import { integerOf, isRecord } from './oppo.answer.js';

const reply = { status: 200, contentType: 'application/json', body: '{"code":0}' } as const;

const statuses: Readonly<Record<string, ReceiptStatus>> = {
  push_arrive: 'delivered',
  regid_invalid: 'token-unregistered',
  user_daily_limit: 'quota-spent',
};

/** OPPO's "message receipts" (11239): an unsigned JSON array; the secret in the address is all that tells OPPO from others. */
export const oppoReceipts: ReceiptRecipe = {
  keyReference: null,
  read(callback: ReceiptCallback): ReceiptReading {
    const entries = arrayOf(callback.body);
    if (entries === null) {
      return {
        kind: 'refused',
        cause: 'not a JSON array',
        reply: { status: 400, contentType: 'application/json', body: '{"code":40}' },
      };
    }
    return { kind: 'receipts', receipts: entries.filter(isRecord).flatMap(receiptsOf), reply };
  },
};

/** One entry speaks of one event and of one or more registration ids, with commas between. */
function receiptsOf(entry: Readonly<Record<string, unknown>>): readonly VendorReceipt[] {
  const event = textOf(entry['eventType']) ?? '';
  const tokens = (textOf(entry['registrationIds']) ?? '').split(',').map((token) => token.trim());
  return tokens
    .filter((token) => token !== '')
    .map((token) => ({
      token,
      param: textOf(entry['param']),
      vendorId: textOf(entry['messageId']),
      status: statuses[event] ?? 'unclassified',
      vendorCode: event.slice(0, 64),
      occurredAt: integerOf(entry['eventTime']),
    }));
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function arrayOf(body: Uint8Array): readonly unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    // Refused in our own words: the parser's might quote a token.
    return null;
  }
}
