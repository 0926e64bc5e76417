import { hash } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { OppoSettings } from '@reveille/contracts/vendors/oppo';
import type { CredentialAnswer, CredentialRecipe, VendorAnswer, VendorRequest } from '../../vendor.js';
import { retryAfter } from '../retry-after.js';
import { integerOf, isRecord, oppoReply } from './oppo.answer.js';
import { isOppoBusy } from './oppo.outcome.js';

/** An auth token lives 24 hours from its `create_time`. */
const lifeMs = 24 * 3_600_000;
const renewBeforeMs = 4 * 3_600_000;

interface OppoKey {
  readonly appKey: string;
  readonly masterSecret: string;
}

/** OPPO's "authentication" (11234): a signed request is exchanged for an auth token at the app's endpoint. */
export function oppoCredential(settings: OppoSettings): CredentialRecipe {
  return {
    key: `oppo|${settings.endpoint}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const key = keyOf(text);
      if (key === null) {
        return {
          kind: 'fault',
          fault: 'the OPPO credential is not a JSON file with the texts appKey and masterSecret',
        };
      }
      return {
        kind: 'ready',
        obtain: (now) => ({
          kind: 'ask',
          request: authRequest(key, settings.endpoint, now),
          read: readAuthAnswer,
        }),
      };
    },
  };
}

function keyOf(text: string): OppoKey | null {
  try {
    const file: unknown = JSON.parse(text);
    if (!isRecord(file)) return null;
    const { appKey, masterSecret } = file;
    const isKey = typeof appKey === 'string' && typeof masterSecret === 'string';
    return isKey && appKey !== '' && masterSecret !== '' ? { appKey, masterSecret } : null;
  } catch {
    // The fault is reported in our own words: the parser's might quote the file.
    return null;
  }
}

/** Lower-case hex SHA-256 of app key, timestamp and master secret. */
export function oppoSign({ appKey, masterSecret }: OppoKey, timestamp: string): string {
  return hash('sha256', appKey + timestamp + masterSecret, 'hex');
}

function authRequest(key: OppoKey, endpoint: string, now: Instant): VendorRequest {
  const timestamp = String(now);
  const form = new URLSearchParams({ app_key: key.appKey, timestamp, sign: oppoSign(key, timestamp) });
  return {
    method: 'POST',
    origin: endpoint,
    path: '/server/v1/auth',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    uniqueHeaders: [],
    body: new TextEncoder().encode(form.toString()),
    connectionKey: 'auth',
    isUrgent: true,
  };
}

/** Code 0 grants; what the code table calls busy, and whatever is no answer of OPPO's, is a matter of time; the rest refuses. */
export function readAuthAnswer(answer: VendorAnswer, now: Instant): CredentialAnswer {
  const unavailable = (cause: string, retryAfterMs: number | null): CredentialAnswer => ({
    kind: 'unavailable',
    cause: `auth: ${cause}`,
    retryAfterMs,
  });
  if (answer.kind !== 'answered') return unavailable(answer.because, null);
  const reply = answer.status === 200 ? oppoReply(answer.body) : null;
  if (reply === null)
    return unavailable(`http-${answer.status}`, retryAfter(answer.headers['retry-after'], now));
  if (reply.code === 0) {
    const token = isRecord(reply.data) ? reply.data['auth_token'] : null;
    if (typeof token !== 'string' || token === '') return unavailable('no auth_token', null);
    const createdAt = isRecord(reply.data) ? integerOf(reply.data['create_time']) : null;
    return { kind: 'granted', credential: { authorization: token, renewAt: renewAtOf(createdAt, now) } };
  }
  if (isOppoBusy(reply.code)) return unavailable(String(reply.code), null);
  const clock = reply.code === 19 ? ' (timestamp: is the clock right?)' : '';
  return { kind: 'refused', cause: `auth: ${reply.code}${clock}` };
}

/** OPPO may hand out a token that it made earlier. Its clock is believed only as far as a token can be old. */
function renewAtOf(createdAt: number | null, now: Instant): Instant {
  const isPlausible = createdAt !== null && createdAt <= now && createdAt > now - lifeMs;
  const endsAt = (isPlausible ? createdAt : now) + lifeMs;
  return Math.max(endsAt - renewBeforeMs, now + (endsAt - now) / 2);
}
