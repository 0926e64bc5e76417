import type { Instant } from '@reveille/contracts/ids';
import type { HonorSettings } from '@reveille/contracts/vendors/honor';
import type { CredentialAnswer, CredentialRecipe, VendorAnswer, VendorRequest } from '../../vendor.js';

/** An access token is renewed this long before it ends. */
const renewBeforeMs = 300_000;

/** OAuth 2, client credentials: id and secret for an access token of an hour. */
export function honorCredential(settings: HonorSettings): CredentialRecipe {
  return {
    key: `honor|${settings.tokenEndpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const { client_id: id, client_secret: secret } = objectOf(text);
      if (!isText(id) || !isText(secret)) {
        return {
          kind: 'fault',
          fault: 'the Honor credential is not a JSON file with client_id and client_secret',
        };
      }
      const request = tokenRequest(settings.tokenEndpoint, id, secret);
      return { kind: 'ready', obtain: () => ({ kind: 'ask', request, read: readTokenAnswer }) };
    },
  };
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

/** Errors are OAuth's words: `invalid_client`, `unauthorized_client`. 429 and 5xx pass; everything else is a wrong id, secret or address. */
export function readTokenAnswer(answer: VendorAnswer, now: Instant): CredentialAnswer {
  if (answer.kind !== 'answered')
    return { kind: 'unavailable', cause: `token endpoint: ${answer.because}`, retryAfterMs: null };
  const { access_token: token, expires_in: seconds, error } = objectOf(new TextDecoder().decode(answer.body));
  if (answer.status === 200 && isText(token)) {
    const lifeSeconds = typeof seconds === 'number' && seconds > 0 ? seconds : 3600;
    // A short life (a test) is used for half of it.
    const renewAt = now + Math.max(lifeSeconds * 500, lifeSeconds * 1000 - renewBeforeMs);
    return { kind: 'granted', credential: { authorization: `Bearer ${token}`, renewAt } };
  }
  const word = isText(error) && /^[a-z_]{1,64}$/.test(error) ? error : null;
  const cause = `token endpoint: ${word ?? `http-${answer.status}`}`;
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) return { kind: 'refused', cause };
  const hint = answer.headers['retry-after'];
  return {
    kind: 'unavailable',
    cause,
    retryAfterMs: hint !== undefined && /^\d{1,9}$/.test(hint) ? Number(hint) * 1000 : null,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
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
