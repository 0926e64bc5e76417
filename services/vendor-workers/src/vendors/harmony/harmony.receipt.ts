import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { ReceiptStatus } from '@reveille/contracts/push/receipt';
import type { HarmonySettings } from '@reveille/contracts/vendors/harmony';
import type {
  ReceiptCallback,
  ReceiptReading,
  ReceiptRecipe,
  ReceiptReply,
  VendorReceipt,
} from '../../vendor.js';

/** A signature is good for so long: no window is documented. */
const signatureLifeMs = 300_000;

const taken: ReceiptReply = {
  status: 200,
  contentType: 'application/json',
  body: '{"code":"0","message":"success"}',
};
const refusal = (status: number, cause: string): ReceiptReading => ({
  kind: 'refused',
  cause,
  reply: { status, contentType: 'application/json', body: JSON.stringify({ code: '1', message: cause }) },
});

/** "Message receipt: result" of the second version, which is what HarmonyOS 5 needs. */
const results: ReadonlyMap<number, ReceiptStatus> = new Map([
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
  [27, 'muted'],
  [31, 'refused'],
  [51, 'muted'],
  [102, 'quota-spent'],
  [144, 'refused'],
  [201, 'quota-spent'],
  // Rights and controls of one device, app or country.
  ...[151, 155, 156, 158, 188, 191, 259, 261, 262, 264, 265, 268, 269].map(
    (code): [number, ReceiptStatus] => [code, 'refused'],
  ),
  [256, 'quota-spent'],
]);

export function harmonyReceipts({ receiptSignature }: HarmonySettings): ReceiptRecipe {
  return {
    keyReference: receiptSignature?.key ?? null,
    read(callback, key, now) {
      if (receiptSignature === null) return readStatuses(callback);
      const cause = faultOfSignature(callback, receiptSignature.userName, key, now);
      if (cause === null) return readStatuses(callback);
      // The console's test button sends an unsigned body and wants to see it taken.
      return cause === 'unsigned' ? { kind: 'refused', cause, reply: taken } : refusal(401, cause);
    },
  };
}

function readStatuses({ body }: ReceiptCallback): ReceiptReading {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    const listed = (parsed as { statuses?: unknown } | null)?.statuses;
    if (Array.isArray(listed)) return { kind: 'receipts', receipts: listed.flatMap(receiptOf), reply: taken };
  } catch {
    // What it was is nobody's business: it may hold tokens.
  }
  return refusal(400, 'no list of statuses');
}

/** Nothing where it names no token or no result. Form cards are told of in the same way. */
function receiptOf(entry: unknown): readonly VendorReceipt[] {
  const status = objectOf(entry);
  const result = objectOf(status['deliveryStatus'] ?? status['formStatus']);
  const code = numberOf(result['result']);
  const token = textOf(status['token']);
  if (code === null || token === null) return [];
  return [
    {
      token,
      param: textOf(status['biTag']),
      vendorId: textOf(status['requestId']),
      status: results.get(code) ?? 'unclassified',
      vendorCode: String(code),
      occurredAt: numberOf(result['timestamp']),
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
  const parts = new Map(
    header.split(';').map((part): [string, string] => {
      const at = part.indexOf('=');
      return [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    }),
  );
  const [timestamp, nonce, value] = ['timestamp', 'nonce', 'value'].map((name) => parts.get(name) ?? '');
  if (!/^\d{1,15}$/.test(timestamp ?? '') || Math.abs(now - Number(timestamp)) > signatureLifeMs)
    return 'an old signature';
  const given = Buffer.from(value ?? '', 'base64');
  // Newer keys are Base64 of the bytes that sign; older ones sign as they are written.
  const isSigned = (['base64', 'utf8'] as const).some((encoding) => {
    const bytes = Buffer.from(key.trim(), encoding);
    const expected = createHmac('sha256', bytes).update(`${timestamp}${nonce}${userName}`).digest();
    return bytes.length > 0 && given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isSigned ? null : 'a wrong signature';
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** Numbers come as digits, too. */
function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : null;
}
