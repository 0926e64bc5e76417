import { hash } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { VivoSettings } from '@reveille/contracts/vendors/vivo';
import type { CredentialAnswer, CredentialRecipe, VendorAnswer, VendorRequest } from '../../vendor.js';
import { retryAfter } from '../retry-after.js';
import { isFields, vivoReply, wordOf } from './vivo.answer.js';

/** A token lives 24 hours; vivo's document asks to renew it every hour or two, and lets several live side by side. */
const renewAfterMs = 2 * 3_600_000;
/** Too many authentications in a second. */
const authTooOften = 10_093;
const clockIsWrong = 10_207;

interface VivoKey {
  readonly appKey: string;
  readonly appSecret: string;
}

/** vivo's `/message/auth`: a signed request is exchanged for an authToken. */
export function vivoCredential(settings: VivoSettings): CredentialRecipe {
  return {
    key: `vivo|${settings.endpoint}|${settings.appId}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: 60_000,
    read(text) {
      const key = keyOf(text);
      if (key === null) {
        return {
          kind: 'fault',
          fault: 'the vivo credential is not a JSON file with the texts appKey and appSecret',
        };
      }
      return {
        kind: 'ready',
        obtain: (now) => ({ kind: 'ask', request: authRequest(settings, key, now), read: readVivoAuth }),
      };
    },
  };
}

function keyOf(text: string): VivoKey | null {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    // The fault is reported in our own words: the parser's might quote the file.
    return null;
  }
  if (!isFields(file)) return null;
  const [appKey, appSecret] = [file['appKey'], file['appSecret']];
  if (typeof appKey !== 'string' || typeof appSecret !== 'string') return null;
  const key = { appKey: appKey.trim(), appSecret: appSecret.trim() };
  return key.appKey === '' || key.appSecret === '' ? null : key;
}

/** Lower-case hex MD5 of app id, app key, timestamp and app secret, as vivo wants it. */
export function vivoSign(appId: number, { appKey, appSecret }: VivoKey, timestamp: number): string {
  return hash('md5', `${appId}${appKey}${timestamp}${appSecret}`, 'hex');
}

function authRequest({ appId, endpoint }: VivoSettings, key: VivoKey, now: Instant): VendorRequest {
  const body = { appId, appKey: key.appKey, timestamp: now, sign: vivoSign(appId, key, now) };
  return {
    method: 'POST',
    origin: endpoint,
    path: '/message/auth',
    headers: { 'content-type': 'application/json;charset=UTF-8', accept: 'application/json' },
    uniqueHeaders: [],
    body: new TextEncoder().encode(JSON.stringify(body)),
    connectionKey: 'auth',
    isUrgent: true,
  };
}

/** Result 0 grants; too many calls, and whatever is no answer of vivo's, is a matter of time; the rest refuses. */
export function readVivoAuth(answer: VendorAnswer, now: Instant): CredentialAnswer {
  const unavailable = (cause: string, retryAfterMs: number | null): CredentialAnswer => ({
    kind: 'unavailable',
    cause: `auth: ${cause}`,
    retryAfterMs,
  });
  if (answer.kind !== 'answered') return unavailable(answer.because, null);
  const reply = answer.status === 200 ? vivoReply(answer.body) : null;
  if (reply === null)
    return unavailable(`http-${answer.status}`, retryAfter(answer.headers['retry-after'], now));
  if (reply.result === authTooOften) return unavailable(String(authTooOften), null);
  if (reply.result !== 0) {
    const clock = reply.result === clockIsWrong ? ' (timestamp: is the clock right?)' : '';
    return { kind: 'refused', cause: `auth: ${reply.result}${clock}` };
  }
  const authorization = wordOf(reply.fields['authToken']);
  if (authorization === null) return unavailable('no authToken', null);
  return { kind: 'granted', credential: { authorization, renewAt: now + renewAfterMs } };
}
