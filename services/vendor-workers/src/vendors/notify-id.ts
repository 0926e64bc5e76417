const offsetBasis = 0x811c_9dc5;
const prime = 0x0100_0193;
const encoder = new TextEncoder();

/**
 * The number under which Android shows a push, for vendors whose notify id is a positive 32-bit integer: the same for the
 * same collapse key, so that a repeat overwrites what it repeats. FNV-1a folded into 1..2147483647.
 */
export function notifyIdOf(collapse: string): number {
  let hash = offsetBasis;
  for (const byte of encoder.encode(collapse)) hash = Math.imul(hash ^ byte, prime) >>> 0;
  return (hash % 2_147_483_647) + 1;
}
