import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { ReceiptReading, ReceiptRecipe, ReceiptReply, VendorReceipt } from '../../vendor.js';

const thanks: ReceiptReply = { status: 200, contentType: 'text/plain', body: 'ok' };
const refusal: ReceiptReply = { status: 400, contentType: 'text/plain', body: 'not a receipt' };

const statuses: ReadonlyMap<number, ReceiptStatus> = new Map([
  [1, 'delivered'],
  [2, 'clicked'],
]);

/**
 * "消息送达与回执": a form with the field `cb`, a JSON object by `<msgId>-<type>`. Its `access_token` proves nothing that an app
 * could check: whoever reads it has checked the secret in the path, and what `param` names.
 */
export const meizuReceipts: ReceiptRecipe = {
  keyReference: null,
  read({ body }): ReceiptReading {
    const messages = messagesOf(new URLSearchParams(new TextDecoder().decode(body)).get('cb'));
    if (messages === null)
      return { kind: 'refused', cause: 'no JSON object in the field cb', reply: refusal };
    const receipts = Object.entries(messages).flatMap(([key, message]) => receiptsOf(key, message));
    return { kind: 'receipts', receipts, reply: thanks };
  },
};

function messagesOf(json: string | null): Readonly<Record<string, unknown>> | null {
  if (json === null) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    return isObject(parsed) ? parsed : null;
  } catch {
    // Said by the caller, without a word of what came.
    return null;
  }
}

function receiptsOf(key: string, message: unknown): readonly VendorReceipt[] {
  if (!isObject(message) || !Array.isArray(message['targets'])) return [];
  const { param, type } = message;
  const number = Number(type);
  return (message['targets'] as readonly unknown[])
    .filter((target) => typeof target === 'string')
    .map((token) => ({
      token,
      param: typeof param === 'string' && param !== '' ? param : null,
      vendorId: key.replace(/-[^-]*$/, ''),
      status: statuses.get(number) ?? 'unclassified',
      vendorCode: Number.isNaN(number) ? 'type-missing' : `type-${number}`,
      occurredAt: null,
    }));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
