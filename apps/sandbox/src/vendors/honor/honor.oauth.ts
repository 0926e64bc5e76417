import type { PlannedAnswer } from '../../faults.js';
import type { RandomSource } from '../../random-source.js';
import type { Exchange } from '../../wire/exchange.js';
import type { CallResult } from '../call-answerer.js';
import type { HonorAppRegistration, HonorApps } from './honor.apps.js';
import type { HonorSwitches } from './honor.switches.js';

/** The address of today, and the one before Honor's change of name. */
export const tokenPaths: readonly string[] = [
  '/auth/token',
  '/auth/realms/developer/protocol/openid-connect/token',
];

/** OAuth's errors, with their statuses (RFC 6749, 5.2). */
const oauthErrors: Readonly<Record<string, number>> = {
  invalid_request: 400,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_client: 401,
  server_error: 500,
  temporarily_unavailable: 503,
};
const ok = 200;
const badRequest = 400;
const tokenBytes = 48;

interface AccessToken {
  readonly appId: string;
  readonly endsAt: number;
}

/** The token endpoint: client id and secret for an access token. */
export class HonorOauth {
  readonly #tokens = new Map<string, AccessToken>();

  constructor(
    private readonly apps: HonorApps,
    private readonly switches: HonorSwitches,
    private readonly random: RandomSource,
    private readonly granted: (account: string, token: string) => void,
  ) {}

  /** Whose the token is, while it lives. */
  appOf(token: string, now: number): string | null {
    const known = this.#tokens.get(token);
    return known !== undefined && known.endsAt > now ? known.appId : null;
  }

  grant({ headers, body }: Exchange, now: number): CallResult {
    if (!(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'))
      return refuseGrant('invalid_request');
    const form = new URLSearchParams(body.toString('utf8'));
    if (form.get('grant_type') !== 'client_credentials')
      return refuseGrant(form.has('grant_type') ? 'unsupported_grant_type' : 'invalid_request');
    const app = this.apps.authenticate(form.get('client_id') ?? '', form.get('client_secret') ?? '');
    if (app === null) return refuseGrant('invalid_client');
    if (!app.isPushOn || this.switches.refusesGrants) return refuseGrant('unauthorized_client');
    return this.#give(app, now);
  }

  #give({ appId }: HonorAppRegistration, now: number): CallResult {
    const token = this.random.base64url(tokenBytes);
    this.granted(appId, token);
    const seconds = this.switches.accessTokenSeconds;
    this.#tokens.set(token, { appId, endsAt: now + seconds * 1_000 });
    return {
      answer: {
        status: ok,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ access_token: token, expires_in: seconds, token_type: 'Bearer' }),
      },
      reason: null,
    };
  }
}

export function isOauthError(reason: string): boolean {
  return reason in oauthErrors;
}

export function refuseGrant(error: string, status = oauthErrors[error] ?? badRequest): CallResult {
  return {
    answer: {
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ error, error_description: `${error} (${status})` }),
    },
    reason: error,
  };
}

export function plannedGrant({ reason, status }: PlannedAnswer): CallResult {
  const error = reason ?? (status !== null && status >= 500 ? 'server_error' : 'invalid_client');
  return refuseGrant(error, status ?? oauthErrors[error]);
}
