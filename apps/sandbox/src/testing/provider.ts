import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

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
  const signature = sign('sha256', Buffer.from(text), signingOptions(header.alg, key));
  return `${text}.${signature.toString('base64url')}`;
}

function signingOptions(alg: string, key: KeyObject): Parameters<typeof sign>[2] {
  if (alg === 'ES256') return { key, dsaEncoding: 'ieee-p1363' };
  if (alg === 'PS256')
    return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  return key;
}
