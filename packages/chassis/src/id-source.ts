import { randomBytes, randomFillSync } from 'node:crypto';

/** Where ids and other random values come from. */
export interface IdSource {
  /** A UUIDv7: it tells the time it was made, in milliseconds. */
  uuid(): string;
  /** Random bytes as base64url; 16 bytes are 22 characters. */
  token(bytes: number): string;
  /** In [0, 1). */
  random(): number;
}

const pool = new Uint8Array(4096);
let used = pool.length;

export const systemIds: IdSource = {
  uuid: () => uuidV7(Date.now()),
  token: (bytes) => randomBytes(bytes).toString('base64url'),
  random: () => Math.random(),
};

/** RFC 9562, version 7: 48 bits of time, the rest random. */
export function uuidV7(at: number): string {
  if (used + 10 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const bytes = Buffer.allocUnsafe(16);
  bytes.writeUIntBE(at, 0, 6);
  bytes.set(pool.subarray(used, used + 10), 6);
  used += 10;
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
