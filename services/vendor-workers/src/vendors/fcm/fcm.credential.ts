import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { FcmSettings } from '@reveille/contracts/vendors/fcm';
import type { Instant } from '@reveille/contracts/ids';
import type { CredentialAnswer, CredentialRecipe, VendorAnswer, VendorRequest } from '../../vendor.js';

const scope = 'https://www.googleapis.com/auth/firebase.messaging';
const grantType = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const assertionSeconds = 3600;
/** An access token is renewed this long before it ends. */
const renewBeforeMs = 300_000;

interface ServiceAccount {
  readonly email: string;
  readonly keyId: string | null;
  readonly key: KeyObject;
}

/** OAuth 2 for service accounts: a signed assertion is exchanged for an access token at the app's token endpoint. */
export function fcmCredential(settings: FcmSettings): CredentialRecipe {
  return {
    key: `fcm|${settings.tokenEndpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const account = serviceAccountOf(text);
      if (account === null) {
        return {
          kind: 'fault',
          fault: 'the FCM credential is not a service account file (client_email and an RSA private_key)',
        };
      }
      return {
        kind: 'ready',
        obtain: (now) => ({
          kind: 'ask',
          request: tokenRequest(account, settings.tokenEndpoint, now),
          read: readTokenAnswer,
        }),
      };
    },
  };
}

function serviceAccountOf(text: string): ServiceAccount | null {
  try {
    const file = JSON.parse(text) as {
      client_email?: unknown;
      private_key?: unknown;
      private_key_id?: unknown;
    };
    if (typeof file.client_email !== 'string' || typeof file.private_key !== 'string') return null;
    const key = createPrivateKey(file.private_key);
    if (key.asymmetricKeyType !== 'rsa') return null;
    return {
      email: file.client_email,
      key,
      keyId: typeof file.private_key_id === 'string' ? file.private_key_id : null,
    };
  } catch {
    // The fault is reported in our own words: the parser's might quote the file.
    return null;
  }
}

function tokenRequest(account: ServiceAccount, tokenEndpoint: string, now: Instant): VendorRequest {
  const url = new URL(tokenEndpoint);
  const form = new URLSearchParams({
    grant_type: grantType,
    assertion: signAssertion(account, tokenEndpoint, now),
  });
  return {
    method: 'POST',
    origin: url.origin,
    path: url.pathname + url.search,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    uniqueHeaders: [],
    body: new TextEncoder().encode(form.toString()),
    connectionKey: 'token',
    isUrgent: true,
  };
}

/** RS256; `aud` is the token endpoint, times in seconds. */
function signAssertion(account: ServiceAccount, audience: string, now: Instant): string {
  const iat = Math.floor(now / 1000);
  const header = { alg: 'RS256', typ: 'JWT', ...(account.keyId !== null && { kid: account.keyId }) };
  const claims = { iss: account.email, scope, aud: audience, iat, exp: iat + assertionSeconds };
  const signed = `${segment(header)}.${segment(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), account.key).toString('base64url')}`;
}

/** 200 grants; 400, 401 and 403 refuse (`invalid_grant`, `invalid_client`, …); everything else is a matter of time. */
export function readTokenAnswer(answer: VendorAnswer, now: Instant): CredentialAnswer {
  if (answer.kind !== 'answered')
    return { kind: 'unavailable', cause: `token endpoint: ${answer.because}`, retryAfterMs: null };
  const body = jsonOf(answer.body);
  if (answer.status === 200 && typeof body['access_token'] === 'string') {
    const seconds =
      typeof body['expires_in'] === 'number' && body['expires_in'] > 0 ? body['expires_in'] : 3600;
    // A short life (a test, an impersonated account) is used for half of it.
    const renewAt = now + Math.max(seconds * 500, seconds * 1000 - renewBeforeMs);
    return { kind: 'granted', credential: { authorization: `Bearer ${body['access_token']}`, renewAt } };
  }
  const code = typeof body['error'] === 'string' ? body['error'].slice(0, 64) : `http-${answer.status}`;
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
    return { kind: 'refused', cause: `token endpoint: ${code}` };
  }
  const seconds = answer.headers['retry-after'];
  const retryAfterMs = seconds !== undefined && /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1000 : null;
  return { kind: 'unavailable', cause: `token endpoint: ${code}`, retryAfterMs };
}

function jsonOf(body: Uint8Array): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(body));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    // A page of a proxy: the status alone decides.
    return {};
  }
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
