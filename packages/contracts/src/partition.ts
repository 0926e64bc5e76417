/** The number of partitions of every stream that carries a partition token. It can never change. */
export const partitionCount = 64;

const encoder = new TextEncoder();

/**
 * The partition of a key: FNV-1a (32 bit) of its UTF-8 modulo 64, the function of nats-server's
 * `{{partition(64,n)}}` subject transform, so that both sides agree on it.
 */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(key)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash % partitionCount;
}
