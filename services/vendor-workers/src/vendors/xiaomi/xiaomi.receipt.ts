import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { ReceiptReading, ReceiptRecipe, ReceiptReply, VendorReceipt } from '../../vendor.js';

const thanks: ReceiptReply = { status: 200, contentType: 'text/plain', body: 'ok' };
const refusal: ReceiptReply = { status: 400, contentType: 'text/plain', body: 'not a receipt' };

/** The page "消息回执": what the bits of `callback.type` stand for. */
const statuses: ReadonlyMap<number, ReceiptStatus> = new Map([
  [1, 'delivered'],
  [2, 'clicked'],
  [16, 'token-unregistered'],
  [32, 'muted'],
  [64, 'refused'],
  [128, 'quota-spent'],
]);

/**
 * A form with the field `data`, a JSON object by message id; some readers saw the bare JSON, which is read too. Nothing signs
 * it: whoever reads it has checked the secret in the path, and what `param` names.
 */
export const xiaomiReceipts: ReceiptRecipe = {
  keyReference: null,
  read({ body }): ReceiptReading {
    const messages = messagesOf(new TextDecoder().decode(body));
    if (messages === null)
      return { kind: 'refused', cause: 'no JSON object in the field data', reply: refusal };
    const receipts = Object.entries(messages).flatMap(([id, message]) => receiptsOf(id, message));
    return { kind: 'receipts', receipts, reply: thanks };
  },
};

function messagesOf(text: string): Readonly<Record<string, unknown>> | null {
  const json = text.trimStart().startsWith('{') ? text : new URLSearchParams(text).get('data');
  if (json === null) return null;
  try {
    const parsed: unknown = JSON.parse(json);
    return isObject(parsed) ? parsed : null;
  } catch {
    // Said by the caller, without a word of what came.
    return null;
  }
}

function receiptsOf(id: string, message: unknown): readonly VendorReceipt[] {
  if (!isObject(message)) return [];
  const { targets, param, timestamp } = message;
  if (typeof targets !== 'string') return [];
  const formerNames = formerNamesOf(message['replaceTarget']);
  const { status, vendorCode } = meaningOf(message);
  return targets
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((token) => ({
      // We know a phone that Xiaomi has renamed under the id that we sent to.
      token: formerNames.get(token) ?? token,
      param: typeof param === 'string' && param !== '' ? param : null,
      vendorId: id,
      status,
      vendorCode,
      occurredAt: typeof timestamp === 'number' && Number.isSafeInteger(timestamp) ? timestamp : null,
    }));
}

function meaningOf(message: Readonly<Record<string, unknown>>): Pick<VendorReceipt, 'status' | 'vendorCode'> {
  const type = Number(message['type']);
  const errorCode = message['errorCode'];
  if (type !== 16) return { status: statuses.get(type) ?? 'unclassified', vendorCode: codeOf(type) };
  // 1 is a registration id, which is all that we send to; 2 and 3 are alias and account.
  const isToken = errorCode === undefined || errorCode === null || Number(errorCode) === 1;
  return {
    status: isToken ? 'token-unregistered' : 'unclassified',
    vendorCode: isToken ? codeOf(type) : `${codeOf(type)}/${Number(errorCode)}`,
  };
}

function codeOf(type: number): string {
  return Number.isNaN(type) ? 'type-missing' : `type-${type}`;
}

/** `{old: new}`, read from new to old. */
function formerNamesOf(replaced: unknown): ReadonlyMap<string, string> {
  if (!isObject(replaced)) return new Map();
  return new Map(
    Object.entries(replaced).flatMap(([old, name]) =>
      typeof name === 'string' ? [[name, old] as const] : [],
    ),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
