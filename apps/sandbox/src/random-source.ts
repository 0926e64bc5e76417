import { randomFillSync, randomUUID } from 'node:crypto';

/** Where ids and tokens come from. */
export interface RandomSource {
  uuid(): string;
  hex(bytes: number): string;
  base64url(bytes: number): string;
}

const pool = Buffer.alloc(8_192);
let used = pool.length;

/** Small draws share one call to the system's generator: there is one for every push. */
function draw(bytes: number): Buffer {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.subarray(used - bytes, used);
}

export const systemRandom: RandomSource = {
  uuid: () => randomUUID(),
  hex: (bytes) => draw(bytes).toString('hex'),
  base64url: (bytes) => draw(bytes).toString('base64url'),
};
