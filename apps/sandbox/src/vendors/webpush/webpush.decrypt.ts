import { createDecipheriv, hkdfSync, type ECDH } from 'node:crypto';

const saltBytes = 16;
const keyLengthAt = 20;
const keyAt = 21;
const keyBytes = 65;
const tagBytes = 16;
const leastRecordSize = 18;
const secretBytes = 32;
const contentKeyBytes = 16;
const nonceBytes = 12;
const lastRecord = 2;
const uncompressed = 4;

/** RFC 8188's block at the head of a body. */
export interface CryptoHeader {
  readonly salt: Buffer;
  readonly recordSize: number;
  /** The sender's key for this message, 65 bytes. */
  readonly senderKey: Buffer;
  readonly sealed: Buffer;
}

/** Null where the body is not one `aes128gcm` record under a P-256 key, as RFC 8291 wants it. */
export function readCryptoHeader(body: Buffer): CryptoHeader | null {
  if (body.length < keyAt + keyBytes + tagBytes + 1) return null;
  const recordSize = body.readUInt32BE(saltBytes);
  const senderKey = body.subarray(keyAt, keyAt + keyBytes);
  if (body.readUInt8(keyLengthAt) !== keyBytes || senderKey.readUInt8(0) !== uncompressed) return null;
  const sealed = body.subarray(keyAt + keyBytes);
  if (recordSize < leastRecordSize || sealed.length > recordSize) return null;
  return { salt: body.subarray(0, saltBytes), recordSize, senderKey, sealed };
}

/** What the browser reads, or null where it cannot: another key, another secret, a body that was touched, a bad delimiter. */
export function decryptFor(
  browser: ECDH,
  authSecret: Buffer,
  { salt, senderKey, sealed }: CryptoHeader,
): Buffer | null {
  try {
    const info = Buffer.concat([Buffer.from('WebPush: info\0'), browser.getPublicKey(), senderKey]);
    const shared = browser.computeSecret(senderKey);
    const input = Buffer.from(hkdfSync('sha256', shared, authSecret, info, secretBytes));
    const derive = (name: string, length: number): Buffer =>
      Buffer.from(hkdfSync('sha256', input, salt, Buffer.from(`Content-Encoding: ${name}\0`), length));
    const gcm = createDecipheriv(
      'aes-128-gcm',
      derive('aes128gcm', contentKeyBytes),
      derive('nonce', nonceBytes),
    );
    gcm.setAuthTag(sealed.subarray(-tagBytes));
    return withoutPadding(Buffer.concat([gcm.update(sealed.subarray(0, -tagBytes)), gcm.final()]));
  } catch {
    // A point off the curve or a tag that does not fit: the browser throws the message away and tells nobody.
    return null;
  }
}

/** The text ends before the last byte that is not zero, which marks the last record. */
function withoutPadding(padded: Buffer): Buffer | null {
  const end = padded.findLastIndex((byte) => byte !== 0);
  return end >= 0 && padded[end] === lastRecord ? padded.subarray(0, end) : null;
}
