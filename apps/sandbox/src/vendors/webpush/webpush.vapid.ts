import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { WebpushFault } from './webpush.faults.js';

const pointBytes = 65;
const coordinateBytes = 32;
const uncompressed = 4;
const longestLifeSeconds = 86_400;
/** Clocks may differ that much. */
const toleranceSeconds = 60;
const subjectForm = /^(mailto:\S+@\S+|https:\/\/\S+)$/;

export interface VapidDemands {
  /** Scheme, host and port under which the provider found us. */
  readonly origin: string;
  readonly nowSeconds: number;
  readonly wantsSubject: boolean;
  /** The key that the subscription was made with; null: any. */
  readonly subscriptionKey: string | null;
}
export type VapidReading =
  | { readonly kind: 'good'; readonly publicKey: string; readonly token: string }
  | { readonly kind: 'fault'; readonly fault: WebpushFault };

/** RFC 8292: `vapid t=<JWT>, k=<key>`, signed by that key for our origin, of at most a day. */
export function readVapid(header: string | undefined, demands: VapidDemands): VapidReading {
  if (header === undefined) return wrong('missing-vapid');
  const parameters = parametersOf(header);
  if (parameters === null) return wrong('missing-vapid');
  const { t: token = '', k: publicKey = '' } = parameters;
  const key = keyOf(publicKey);
  if (key === null) return wrong('bad-vapid-key');
  if (!isSignedFor(token, key, demands)) return wrong('bad-vapid');
  const { subscriptionKey } = demands;
  if (subscriptionKey !== null && !sameKey(publicKey, subscriptionKey)) return wrong('vapid-mismatch');
  return { kind: 'good', publicKey, token };
}

function wrong(fault: WebpushFault): VapidReading {
  return { kind: 'fault', fault };
}

function parametersOf(header: string): Readonly<Record<string, string>> | null {
  const [scheme, rest] = /^(\S+)\s+(.*)$/s.exec(header)?.slice(1) ?? [];
  if (scheme?.toLowerCase() !== 'vapid' || rest === undefined) return null;
  return Object.fromEntries(
    rest.split(',').map((part) => {
      const [name = '', value = ''] = /^\s*([^=\s]+)\s*=\s*"?([^"]*?)"?\s*$/.exec(part)?.slice(1) ?? [];
      return [name, value];
    }),
  );
}

function keyOf(publicKey: string): KeyObject | null {
  const point = Buffer.from(publicKey, 'base64url');
  if (point.length !== pointBytes || point[0] !== uncompressed) return null;
  try {
    return createPublicKey({
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 1 + coordinateBytes).toString('base64url'),
        y: point.subarray(1 + coordinateBytes).toString('base64url'),
      },
      format: 'jwk',
    });
  } catch {
    // Not a point of the curve.
    return null;
  }
}

function isSignedFor(token: string, key: KeyObject, demands: VapidDemands): boolean {
  const [head = '', claims = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || jsonOf(head)['alg'] !== 'ES256') return false;
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isSigned && claimsFit(jsonOf(claims), demands);
}

function claimsFit(claims: Readonly<Record<string, unknown>>, demands: VapidDemands): boolean {
  const { aud, exp, sub } = claims;
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(demands.origin)) return false;
  if (typeof exp !== 'number' || exp <= demands.nowSeconds) return false;
  if (exp > demands.nowSeconds + longestLifeSeconds + toleranceSeconds) return false;
  if (sub === undefined) return !demands.wantsSubject;
  return typeof sub === 'string' && subjectForm.test(sub);
}

function jsonOf(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // Not a JWT: it has no claims.
    return {};
  }
}

function sameKey(one: string, other: string): boolean {
  return Buffer.from(one, 'base64url').equals(Buffer.from(other, 'base64url'));
}
