import { createHmac, timingSafeEqual } from 'node:crypto';
import { ConfigError } from '@reveille/contracts/errors';
import type { AppId, MessageId } from '@reveille/contracts/ids';
import { fitsReceiptParam, receiptProofChars } from '@reveille/contracts/push/receipt';
import type { VendorName } from '@reveille/contracts/push/vendor';

/**
 * What tells a vendor's callbacks from everybody else's: the last part of the address that they go to, and the proof in the
 * word that names their message. Both are made with the first key; while keys rotate, the other one's still count.
 */
export interface ReceiptKeys {
  /** `/receipts/<app>/<vendor>/<secret>`. A secret. */
  pathOf(app: AppId, vendor: VendorName): string;
  /** In constant time. */
  isSecretOf(app: AppId, vendor: VendorName, secret: string): boolean;
  /** At most 50 bytes of `[A-Za-z0-9_.-]`; null for a message id that is too long for that. */
  paramOf(app: AppId, vendor: VendorName, messageId: MessageId): string | null;
  /** The message that such a word names; null where the proof is missing or wrong. */
  messageIdIn(app: AppId, vendor: VendorName, param: string): MessageId | null;
}

const keyBytes = 32;
const mostKeys = 2;
const secretChars = 32;

/**
 * Reads a key file: one line of base64 of 32 bytes per key, the first makes, at most two are live.
 * @throws ConfigError that names the lines which do not fit, never what stands in them.
 */
export function createReceiptKeys(keyFile: string): ReceiptKeys {
  const keys = parseKeys(keyFile);
  const [current] = keys;
  if (current === undefined) throw new ConfigError(['the receipt key file holds no key']);
  const secretBy = (key: Buffer, app: AppId, vendor: VendorName): string =>
    proofOf(key, `address|${app}|${vendor}`, secretChars);
  const proofBy = (key: Buffer, app: AppId, vendor: VendorName, messageId: MessageId): string =>
    proofOf(key, `message|${app}|${vendor}|${messageId}`, receiptProofChars);
  return {
    pathOf: (app, vendor) => `/receipts/${app}/${vendor}/${secretBy(current, app, vendor)}`,
    isSecretOf: (app, vendor, secret) => keys.some((key) => isSame(secretBy(key, app, vendor), secret)),
    paramOf: (app, vendor, messageId) =>
      fitsReceiptParam(messageId) ? `${messageId}.${proofBy(current, app, vendor, messageId)}` : null,
    messageIdIn(app, vendor, param) {
      const dot = param.lastIndexOf('.');
      if (dot <= 0) return null;
      const messageId = param.slice(0, dot);
      const proof = param.slice(dot + 1);
      return keys.some((key) => isSame(proofBy(key, app, vendor, messageId), proof)) ? messageId : null;
    },
  };
}

function proofOf(key: Buffer, text: string, chars: number): string {
  return createHmac('sha256', key).update(text).digest('base64url').slice(0, chars);
}

function isSame(wanted: string, given: string): boolean {
  const [a, b] = [Buffer.from(wanted), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseKeys(text: string): Buffer[] {
  const lines = text.split(/\r?\n/).flatMap((line, index) => {
    const isKey = line.trim() !== '' && !line.startsWith('#');
    return isKey ? [{ number: index + 1, key: Buffer.from(line.trim(), 'base64') }] : [];
  });
  const faults = lines
    .filter(({ key }) => key.length !== keyBytes)
    .map(({ number }) => `the receipt key file: line ${number} is not base64 of ${keyBytes} bytes`);
  if (lines.length > mostKeys)
    faults.push(`the receipt key file: ${lines.length} keys, at most ${mostKeys} may be live`);
  if (faults.length > 0) throw new ConfigError(faults);
  return lines.map(({ key }) => key);
}
