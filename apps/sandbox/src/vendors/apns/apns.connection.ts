import type { Http2Connection } from '../../wire/http2-connection.js';
import type { ApnsEnvironment } from './apns.environment.js';
import type { ApnsCertificateRegistration } from './apns.keys.js';

/** How a client presented itself in the TLS handshake. */
export type ClientCertificate =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'known'; readonly registration: ApnsCertificateRegistration };

/** What APNs remembers of one connection. */
export interface ApnsConnection {
  readonly environment: ApnsEnvironment;
  readonly wire: Http2Connection;
  readonly certificate: ClientCertificate;
  /** The team and key family of the first push: all later ones must be of them. */
  bound: { readonly teamId: string; readonly family: string } | null;
  /** The provider token in use, and since when. */
  token: { readonly jwt: string; readonly since: number } | null;
  /** Until then a connection that changed its token too soon gets 429 for everything. */
  blockedUntil: number;
  requests: number;
  errors: number;
  badDeviceTokens: number;
  idleTimer: NodeJS.Timeout | null;
}
