import { createECDH } from 'node:crypto';
import { encrypt } from 'http_ece';
import type { WebpushEndpoint } from './webpush.endpoint.js';

const recordSize = 4096;

/** RFC 8291: one `aes128gcm` record under a key pair and a salt of its own. The browser's key is a point of P-256. */
export function encryptFor({ browserKey, authSecret }: WebpushEndpoint, text: Uint8Array): Uint8Array {
  const privateKey = createECDH('prime256v1');
  privateKey.generateKeys();
  return encrypt(Buffer.from(text), {
    version: 'aes128gcm',
    privateKey,
    dh: browserKey,
    authSecret,
    rs: recordSize,
  });
}
