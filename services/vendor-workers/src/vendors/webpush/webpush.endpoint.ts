import { ECDH } from 'node:crypto';
import { type WebpushSubscription, webpushSubscriptionSchema } from '@reveille/contracts/vendors/webpush';

/** Where a subscription leads to. */
export interface WebpushEndpoint {
  /** Scheme, host and port: what a VAPID token is for. */
  readonly origin: string;
  /** Path and query. A secret: who knows it may push. */
  readonly path: string;
  readonly browserKey: Buffer;
  readonly authSecret: Buffer;
}
export type ReadSubscription =
  | { readonly kind: 'endpoint'; readonly endpoint: WebpushEndpoint }
  /** Not a subscription: no attempt will ever help. */
  | { readonly kind: 'malformed'; readonly fault: string }
  /** A place that the app's settings do not let pushes go to. */
  | { readonly kind: 'forbidden'; readonly fault: string };

/**
 * The token of a web device. Anybody who may register a device names the server that a worker then sends requests to, so an
 * endpoint is https, has a public name and the usual port, unless the app's settings say otherwise. Where that name leads to is
 * looked at when the connection is made.
 */
export function readSubscription(token: string, allowsPrivate: boolean): ReadSubscription {
  const subscription = subscriptionOf(token);
  if (subscription === null) return { kind: 'malformed', fault: 'not a push subscription' };
  const url = new URL(subscription.endpoint);
  if (url.protocol !== 'https:') return { kind: 'malformed', fault: 'endpoint is not https' };
  if (url.username !== '' || url.password !== '')
    return { kind: 'malformed', fault: 'endpoint holds a password' };
  const fault = allowsPrivate ? null : strangenessOf(url);
  if (fault !== null) return { kind: 'forbidden', fault };
  const browserKey = Buffer.from(subscription.keys.p256dh, 'base64url');
  if (!isPoint(browserKey)) return { kind: 'malformed', fault: 'p256dh is no point of P-256' };
  const authSecret = Buffer.from(subscription.keys.auth, 'base64url');
  const path = url.pathname + url.search;
  return { kind: 'endpoint', endpoint: { origin: url.origin, path, browserKey, authSecret } };
}

function subscriptionOf(token: string): WebpushSubscription | null {
  try {
    return webpushSubscriptionSchema.safeParse(JSON.parse(token)).data ?? null;
  } catch {
    // Not JSON: the caller says so in words that quote nothing of a secret.
    return null;
  }
}

function isPoint(key: Buffer): boolean {
  try {
    ECDH.convertKey(key, 'prime256v1');
    return true;
  } catch {
    // OpenSSL knows no gentler way to say that it is not on the curve.
    return false;
  }
}

/** An address in place of a name, a name that no public DNS has, or a port that no push service of a browser uses. */
function strangenessOf({ hostname, port }: URL): string | null {
  // The URL parser has written every spelling of an IPv4 address as four numbers.
  if (hostname.startsWith('[') || /^[\d.]+$/.test(hostname)) return 'endpoint is an address';
  const name = hostname.replace(/\.$/, '');
  if (!name.includes('.') || /\.(localhost|local|internal|home\.arpa)$/.test(name))
    return 'endpoint is a private name';
  return port === '' ? null : 'endpoint has a port of its own';
}

/** Whether the origin is one of the patterns `https://host` or `https://*.host`. */
export function isServiceOf(patterns: readonly string[], origin: string): boolean {
  return patterns.some((pattern) => {
    const suffix = pattern.replace('https://*', '');
    return suffix === pattern
      ? origin === pattern
      : origin.endsWith(suffix) && origin.startsWith('https://') && suffix.startsWith('.');
  });
}
