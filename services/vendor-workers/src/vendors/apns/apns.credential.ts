import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { ApnsSettings } from '@reveille/contracts/vendors/apns';
import type { Instant } from '@reveille/contracts/ids';
import type { CredentialRecipe, FreshCredential } from '../../vendor.js';
import { providerTokenMinimumRenewalMs, providerTokenRenewalMs } from './apns.limits.js';

/**
 * Token authentication ("Establishing a token-based connection to APNs"): one JWT per key, shared by everything that uses the
 * key, since Apple counts renewals per team.
 */
export function apnsCredential(settings: ApnsSettings): CredentialRecipe {
  return {
    key: `apns|${settings.teamId}|${settings.keyId}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: providerTokenMinimumRenewalMs,
    read(text) {
      if (settings.sender === 'node-apn' && !settings.credential.startsWith('file:'))
        return { kind: 'fault', fault: 'node-apn signs from a file: name the key with file:' };
      const key = signingKeyOf(text);
      if (key === null)
        return { kind: 'fault', fault: 'the APNs key is not an EC P-256 private key in PEM (.p8)' };
      return {
        kind: 'ready',
        obtain: (now) => ({ kind: 'signed', credential: signProviderToken(key, settings, now) }),
      };
    },
  };
}

/** The key in a .p8 file, or null. */
function signingKeyOf(pem: string): KeyObject | null {
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : null;
  } catch {
    // The fault is reported in our own words: OpenSSL's might quote the file.
    return null;
  }
}

/** ES256 over `{alg, kid}` and `{iss, iat}`; `iat` in seconds. */
export function signProviderToken(
  key: KeyObject,
  { keyId, teamId }: { readonly keyId: string; readonly teamId: string },
  now: Instant,
): FreshCredential {
  const signed = `${segment({ alg: 'ES256', kid: keyId })}.${segment({ iss: teamId, iat: Math.floor(now / 1000) })}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return {
    authorization: `bearer ${signed}.${signature.toString('base64url')}`,
    renewAt: now + providerTokenRenewalMs,
  };
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
