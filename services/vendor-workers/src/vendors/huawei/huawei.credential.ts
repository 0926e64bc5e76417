import { constants, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { HuaweiSettings } from '@reveille/contracts/vendors/huawei';
import type {
  CredentialAnswer,
  CredentialRecipe,
  ObtainCredential,
  VendorAnswer,
  VendorRequest,
} from '../../vendor.js';

/** Both kinds of token are renewed this long before they end. */
const renewBeforeMs = 300_000;
const jwtSeconds = 3600;

interface ServiceAccount {
  readonly account: string;
  readonly keyId: string;
  readonly key: KeyObject;
}

/**
 * The file says which of two: with a `client_secret`, an access token is asked for (OAuth 2, client credentials); with a
 * service account's `private_key`, a JWT is signed here and sent as it is.
 */
export function huaweiCredential(settings: HuaweiSettings): CredentialRecipe {
  return {
    key: `huawei|${settings.tokenEndpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const obtain = obtainWith(text, settings.tokenEndpoint);
      if (obtain !== null) return { kind: 'ready', obtain };
      return {
        kind: 'fault',
        fault:
          'the Huawei credential is neither a JSON file with client_id and client_secret nor a service account key file (sub_account, key_id and an RSA private_key)',
      };
    },
  };
}

function obtainWith(text: string, tokenEndpoint: string): ObtainCredential | null {
  const file = objectOf(text);
  const [id, secret] = [file['client_id'], file['client_secret']];
  if (isText(id) && isText(secret)) {
    const request = tokenRequest(tokenEndpoint, id, secret);
    return () => ({ kind: 'ask', request, read: readTokenAnswer });
  }
  const account = serviceAccountOf(file);
  if (account === null) return null;
  return (now) => ({
    kind: 'signed',
    credential: {
      authorization: `Bearer ${signJwt(account, tokenEndpoint, now)}`,
      renewAt: now + jwtSeconds * 1000 - renewBeforeMs,
    },
  });
}

function tokenRequest(tokenEndpoint: string, id: string, secret: string): VendorRequest {
  const url = new URL(tokenEndpoint);
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: id,
    client_secret: secret,
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

/**
 * Huawei's errors are numbers: `{"error":1101,"sub_error":20003}`. 5xx (503 is its flow control: 1000 tokens in five
 * minutes) and 590 pass; everything else is a wrong id, secret or address.
 */
export function readTokenAnswer(answer: VendorAnswer, now: Instant): CredentialAnswer {
  if (answer.kind !== 'answered')
    return { kind: 'unavailable', cause: `token endpoint: ${answer.because}`, retryAfterMs: null };
  const body = objectOf(new TextDecoder().decode(answer.body));
  const [token, seconds] = [body['access_token'], body['expires_in']];
  if (answer.status === 200 && isText(token)) {
    const lifeSeconds = typeof seconds === 'number' && seconds > 0 ? seconds : 3600;
    // A short life (a test) is used for half of it.
    const renewAt = now + Math.max(lifeSeconds * 500, lifeSeconds * 1000 - renewBeforeMs);
    return { kind: 'granted', credential: { authorization: `Bearer ${token}`, renewAt } };
  }
  const codes = [body['error'], body['sub_error']].filter((code) => typeof code === 'number');
  const cause = `token endpoint: ${codes.length > 0 ? codes.join('/') : `http-${answer.status}`}`;
  const isRefused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  if (isRefused || codes[0] === 1101) return { kind: 'refused', cause };
  const hint = answer.headers['retry-after'];
  return {
    kind: 'unavailable',
    cause,
    retryAfterMs: hint !== undefined && /^\d{1,9}$/.test(hint) ? Number(hint) * 1000 : null,
  };
}

function serviceAccountOf(file: Readonly<Record<string, unknown>>): ServiceAccount | null {
  const [account, keyId, pem] = [file['sub_account'], file['key_id'], file['private_key']];
  if (!isText(account) || !isText(keyId) || !isText(pem)) return null;
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? { account, keyId, key } : null;
  } catch {
    // The fault is reported in our own words: OpenSSL's might quote the file.
    return null;
  }
}

/** PS256 with a salt as long as the digest; `aud` is the token endpoint, though nothing is exchanged there. */
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

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    // A proxy's page, or a file of another kind: the caller says so.
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
