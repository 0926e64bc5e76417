import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

/** A provider's key, made at run time. */
export interface TestKey {
  readonly privateKey: KeyObject;
  /** PEM, SPKI. */
  readonly publicKey: string;
}

export function makeApnsKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { privateKey, publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString() };
}

export function makeServiceAccountKey(): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  return { privateKey, publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString() };
}

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A JWT as the given header and claims say, right or wrong. */
export function signJwt(
  header: { alg: string } & Record<string, unknown>,
  claims: Record<string, unknown>,
  key: KeyObject,
): string {
  const text = `${part(header)}.${part(claims)}`;
  const signature = sign(
    'sha256',
    Buffer.from(text),
    header.alg === 'ES256' ? { key, dsaEncoding: 'ieee-p1363' } : key,
  );
  return `${text}.${signature.toString('base64url')}`;
}
