import { randomBytes, randomUUID } from 'node:crypto';

/** Where ids and tokens come from. */
export interface RandomSource {
  uuid(): string;
  hex(bytes: number): string;
  base64url(bytes: number): string;
}

export const systemRandom: RandomSource = {
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
  base64url: (bytes) => randomBytes(bytes).toString('base64url'),
};
