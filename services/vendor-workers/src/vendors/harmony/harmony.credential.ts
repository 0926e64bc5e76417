import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { HarmonySettings } from '@reveille/contracts/vendors/harmony';
import type { CredentialRecipe } from '../../vendor.js';

const jwtSeconds = 3600;
/** A JWT is signed anew this long before it ends. */
const renewBeforeMs = 300_000;

interface ServiceAccount {
  readonly account: string;
  readonly keyId: string;
  readonly key: KeyObject;
}

/** A service account's JWT, PS256, which is sent as it is: nothing is exchanged for it. */
export function harmonyCredential({ audience, credential }: HarmonySettings): CredentialRecipe {
  return {
    key: `harmony|${audience}|${credential}`,
    reference: credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const account = serviceAccountOf(text);
      if (account === null) {
        return {
          kind: 'fault',
          fault:
            'the HarmonyOS credential is not a service account key file (sub_account, key_id and an RSA private_key)',
        };
      }
      return {
        kind: 'ready',
        obtain: (now) => ({
          kind: 'signed',
          credential: {
            authorization: `Bearer ${signJwt(account, audience, now)}`,
            renewAt: now + jwtSeconds * 1000 - renewBeforeMs,
          },
        }),
      };
    },
  };
}

function serviceAccountOf(text: string): ServiceAccount | null {
  try {
    const { sub_account, key_id, private_key } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (!isText(sub_account) || !isText(key_id) || !isText(private_key)) return null;
    const key = createPrivateKey(private_key);
    return key.asymmetricKeyType === 'rsa' ? { account: sub_account, keyId: key_id, key } : null;
  } catch {
    // The fault is reported in our own words: a parser's might quote the file.
    return null;
  }
}

/** RSASSA-PSS with SHA-256 and a salt as long as the digest; times in seconds. */
function signJwt({ account, keyId, key }: ServiceAccount, audience: string, now: Instant): string {
  const iat = Math.floor(now / 1000);
  const header = { kid: keyId, typ: 'JWT', alg: 'PS256' };
  const claims = { iss: account, aud: audience, iat, exp: iat + jwtSeconds };
  const signed = `${segment(header)}.${segment(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  });
  return `${signed}.${signature.toString('base64url')}`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
