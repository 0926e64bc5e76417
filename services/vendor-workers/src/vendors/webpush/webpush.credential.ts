import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { Instant } from '@reveille/contracts/ids';
import type { WebpushSettings } from '@reveille/contracts/vendors/webpush';
import type { CredentialRecipe, FreshCredential } from '../../vendor.js';

/** Apple asks that a token is not made anew within the hour. */
const renewEveryMs = 3_600_000;
/** RFC 8292 allows 24 hours; half of it leaves room for clocks that are wrong. */
const lifeSeconds = 43_200;
/** More origins than any honest set of browsers has: a flood of made-up ones does not grow the memory. */
const maxOrigins = 1_000;

interface VapidKey {
  readonly key: KeyObject;
  /** The uncompressed point, base64url: the browser's `applicationServerKey`. */
  readonly publicKey: string;
}

/** RFC 8292: a JWT per origin of a push service, signed with the app's key when a push goes there first and then used for an hour. */
export function webpushCredential(settings: WebpushSettings): CredentialRecipe {
  return {
    key: `webpush|${settings.subject}|${settings.credential}`,
    reference: settings.credential,
    minimumRenewalMs: renewEveryMs,
    read(text) {
      const key = vapidKeyOf(text);
      if (key === null) {
        return {
          kind: 'fault',
          fault:
            'the VAPID key is neither JSON with a matching publicKey and privateKey nor a P-256 key in PEM',
        };
      }
      return {
        kind: 'ready',
        obtain: (now) => ({ kind: 'signed', credential: vapidCredential(key, settings.subject, now) }),
      };
    },
  };
}

function vapidCredential(vapid: VapidKey, subject: string, now: Instant): FreshCredential {
  const tokens = new Map<string, string>();
  const expiresAt = Math.floor(now / 1000) + lifeSeconds;
  return {
    // Nobody sends this one: it tells credentials apart.
    authorization: `k=${vapid.publicKey}, exp=${expiresAt}`,
    authorizationOf(origin) {
      const known = tokens.get(origin);
      if (known !== undefined) return known;
      const token = `vapid t=${signVapid(vapid.key, origin, subject, expiresAt)}, k=${vapid.publicKey}`;
      if (tokens.size < maxOrigins) tokens.set(origin, token);
      return token;
    },
    renewAt: now + renewEveryMs,
  };
}

/** ES256 over `{typ, alg}` and `{aud, exp, sub}`; `exp` in seconds. */
function signVapid(key: KeyObject, audience: string, subject: string, expiresAt: number): string {
  const signed = `${segment({ typ: 'JWT', alg: 'ES256' })}.${segment({ aud: audience, exp: expiresAt, sub: subject })}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

function vapidKeyOf(text: string): VapidKey | null {
  try {
    return text.trimStart().startsWith('{') ? keyOfJson(text) : keyOfPem(text);
  } catch {
    // The fault is reported in our own words: a parser's might quote the file.
    return null;
  }
}

/** As `web-push generate-vapid-keys --json` writes it: the scalar and the point, base64url. */
function keyOfJson(text: string): VapidKey | null {
  const { publicKey, privateKey } = JSON.parse(text) as { publicKey?: unknown; privateKey?: unknown };
  if (typeof publicKey !== 'string' || typeof privateKey !== 'string') return null;
  const scalar = Buffer.from(privateKey, 'base64url');
  const curve = createECDH('prime256v1');
  curve.setPrivateKey(scalar);
  const point = curve.getPublicKey();
  if (!point.equals(Buffer.from(publicKey, 'base64url'))) return null;
  const key = createPrivateKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
      d: scalar.toString('base64url'),
    },
    format: 'jwk',
  });
  return { key, publicKey: point.toString('base64url') };
}

function keyOfPem(text: string): VapidKey | null {
  const key = createPrivateKey(text);
  const { crv, x, y } = key.export({ format: 'jwk' });
  if (crv !== 'P-256' || x === undefined || y === undefined) return null;
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return { key, publicKey: point.toString('base64url') };
}

function segment(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
