import { createUser, fromSeed } from '@nats-io/nkeys';

/** The two halves of a NATS identity: the seed (a secret, `SU…`) and the public key (`U…`). */
export interface NatsKeyPair {
  readonly seed: string;
  readonly publicKey: string;
}

/** A fresh identity. */
export function createNatsKey(): NatsKeyPair {
  const pair = createUser();
  return { seed: new TextDecoder().decode(pair.getSeed()), publicKey: pair.getPublicKey() };
}

/** The public key of a seed; throws for anything that is no seed. */
export function publicKeyOf(seed: string): string {
  return fromSeed(new TextEncoder().encode(seed.trim())).getPublicKey();
}
