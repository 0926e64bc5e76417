import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { HuaweiSettings } from '@reveille/contracts/vendors/huawei';
import type {
  ReceiptCallback,
  ReceiptReading,
  ReceiptRecipe,
  ReceiptReply,
  VendorReceipt,
} from '../../vendor.js';

/** A signature is good for so long: Huawei names no window. */
const signatureLifeMs = 300_000;

const received: ReceiptReply = {
  status: 200,
  contentType: 'application/json',
  body: '{"code":"0","message":"success"}',
};
const answer = (status: number, message: string): ReceiptReply => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify({ code: '1', message }),
});

/** To be held next to "Message receipts: status codes". */
const statuses: ReadonlyMap<number, ReceiptStatus> = new Map([
  [0, 'delivered'],
  // The app is not installed any more; the token is another device's.
  [2, 'token-unregistered'],
  [5, 'token-unregistered'],
  [6, 'muted'],
  // No sign of the device for 30 days: it may come back.
  [10, 'muted'],
  [14, 'refused'],
  [15, 'replaced'],
  [22, 'refused'],
  // The app does not run: its data waits until it does.
  [27, 'muted'],
  [31, 'refused'],
  [51, 'muted'],
  [102, 'quota-spent'],
  [144, 'refused'],
  [201, 'quota-spent'],
  ...[151, 155, 156, 158, 188, 191, 259, 261, 262, 264, 265, 268, 269].map(
    (code): [number, ReceiptStatus] => [code, 'refused'],
  ),
  [256, 'quota-spent'],
]);

/** "Message receipt" of Push Kit, in both of its shapes: the console's setting decides which one comes. */
export function huaweiReceipts({ receiptSignature }: HuaweiSettings): ReceiptRecipe {
  return {
    keyReference: receiptSignature?.key ?? null,
    read(callback, key, now) {
      const cause =
        receiptSignature === null ? null : faultOfSignature(callback, receiptSignature.userName, key, now);
      if (cause !== null) {
        // The console's test button sends an unsigned body and wants to see it taken.
        const reply = cause === 'unsigned' ? received : answer(401, cause);
        return { kind: 'refused', cause, reply };
      }
      return readStatuses(callback);
    },
  };
}

function readStatuses({ body }: ReceiptCallback): ReceiptReading {
  const refusal: ReceiptReading = {
    kind: 'refused',
    cause: 'no list of statuses',
    reply: answer(400, 'no list of statuses'),
  };
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    const listed = (parsed as { statuses?: unknown } | null)?.statuses;
    if (!Array.isArray(listed)) return refusal;
    return { kind: 'receipts', receipts: listed.flatMap(receiptOf), reply: received };
  } catch {
    // What it was is nobody's business: it may hold tokens.
    return refusal;
  }
}

/** One status of either shape; nothing where it names no token or no code. */
function receiptOf(entry: unknown): readonly VendorReceipt[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const status = entry as Readonly<Record<string, unknown>>;
  const nested = (status['deliveryStatus'] ?? status['formStatus']) as
    | Readonly<Record<string, unknown>>
    | undefined;
  const code = numberOf(nested?.['result'] ?? status['status']);
  const token = textOf(status['token']);
  if (code === null || token === null) return [];
  const detail = status['subStatus'];
  return [
    {
      token,
      param: textOf(status['biTag']),
      vendorId: textOf(status['requestId']),
      status: statuses.get(code) ?? 'unclassified',
      vendorCode:
        typeof detail === 'string' || typeof detail === 'number'
          ? `${code}/${detail}`.slice(0, 64)
          : `${code}`,
      occurredAt: numberOf(nested?.['timestamp'] ?? status['timestamp']),
    },
  ];
}

/** `X-HUAWEI-CALLBACK-ID: timestamp=<ms>; nonce=<uuid>; value=<base64>`; the body is not signed. Null: the signature is good. */
function faultOfSignature(
  { headers }: ReceiptCallback,
  userName: string,
  key: string | null,
  now: Instant,
): string | null {
  const header = headers['x-huawei-callback-id'];
  if (header === undefined) return 'unsigned';
  if (key === null) return 'the key is missing here';
  const part = (name: string): string =>
    new RegExp(`(?:^|;)\\s*${name}=([^;]*)`).exec(header)?.[1]?.trim() ?? '';
  const [timestamp, nonce, value] = [part('timestamp'), part('nonce'), Buffer.from(part('value'), 'base64')];
  if (!/^\d{1,15}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > signatureLifeMs)
    return 'an old signature';
  const signed = `${timestamp}${nonce}${userName}`;
  const isSigned = keysOf(key.trim()).some((bytes) => {
    const expected = createHmac('sha256', bytes).update(signed).digest();
    return value.length === expected.length && timingSafeEqual(value, expected);
  });
  return isSigned ? null : 'a wrong signature';
}

/** Newer keys are Base64 of the bytes that sign; older ones sign as they are written. */
function keysOf(key: string): readonly Buffer[] {
  return [Buffer.from(key, 'base64'), Buffer.from(key, 'utf8')].filter(({ length }) => length > 0);
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Numbers come as digits, too. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
