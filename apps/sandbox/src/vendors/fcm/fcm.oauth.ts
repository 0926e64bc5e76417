import { verify } from 'node:crypto';
import type { RandomSource } from '../../random-source.js';
import type { Answer } from '../../wire/exchange.js';
import type { FcmProjects, ServiceAccount } from './fcm.projects.js';
import type { FcmSwitches } from './fcm.switches.js';

export const tokenPath = '/token';
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const documentedAudiences = [
  'https://oauth2.googleapis.com/token',
  'https://www.googleapis.com/oauth2/v4/token',
  'https://accounts.google.com/o/oauth2/token',
];
const scopePrefix = 'https://www.googleapis.com/auth/';
const messagingScopes = [`${scopePrefix}firebase.messaging`, `${scopePrefix}cloud-platform`];
const longestAssertionSeconds = 3_600;
const skewSeconds = 300;

export interface AccessToken {
  readonly account: ServiceAccount;
  readonly maySend: boolean;
  readonly expiresAt: number;
}

export interface Grant {
  readonly answer: Answer;
  /** The OAuth error; null when a token was given. */
  readonly reason: string | null;
}

/** What a bearer is worth at a moment. */
export type Bearer =
  | { readonly kind: 'good'; readonly token: AccessToken }
  | { readonly kind: 'unknown' | 'expired' };

/** Google's token endpoint for service accounts (Using OAuth 2.0 for server to server applications). */
export class FcmOauth {
  readonly #tokens = new Map<string, AccessToken>();

  constructor(
    private readonly projects: FcmProjects,
    private readonly switches: FcmSwitches,
    private readonly random: RandomSource,
    private readonly granted: (account: string, token: string) => void,
  ) {}

  /** `authority` is the host that the client asked: its token URL is an audience too, so that a moved endpoint works. */
  grant(body: string, contentType: string, authority: string, now: number): Grant {
    const form = readForm(body, contentType);
    if (form.get('grant_type') !== jwtBearer) {
      return refuse('unsupported_grant_type', `Invalid grant_type: ${form.get('grant_type') ?? ''}`);
    }
    if (this.switches.refusesGrants) return refuse('invalid_grant', 'Invalid grant: account not found');
    const checked = this.#check(form.get('assertion') ?? '', authority, Math.floor(now / 1_000));
    if ('reason' in checked) return checked;
    const token = `ya29.c.${this.random.base64url(96)}`;
    this.granted(checked.account.projectId, token);
    const seconds = this.switches.accessTokenSeconds;
    const maySend = checked.scopes.some((scope) => messagingScopes.includes(scope));
    this.#forgetExpired(now);
    this.#tokens.set(token, { account: checked.account, maySend, expiresAt: now + seconds * 1_000 });
    const answer = jsonAnswer(200, { access_token: token, expires_in: seconds, token_type: 'Bearer' });
    return { answer, reason: null };
  }

  find(bearer: string, now: number): Bearer {
    const token = this.#tokens.get(bearer);
    if (token === undefined) return { kind: 'unknown' };
    return token.expiresAt <= now ? { kind: 'expired' } : { kind: 'good', token };
  }

  #check(
    assertion: string,
    authority: string,
    nowSeconds: number,
  ): Grant | { account: ServiceAccount; scopes: string[] } {
    const [head, body, signature, ...rest] = assertion.split('.');
    const header = readPart(head);
    const claims = readPart(body);
    if (header === null || claims === null || signature === undefined || rest.length > 0)
      return refuse('invalid_grant', 'Invalid JWT: not a JWT');
    if (header['alg'] !== 'RS256') return refuse('invalid_grant', 'Invalid JWT: Unsupported algorithm');
    const account = this.projects.findAccount(textOf(claims['iss']));
    if (account === null) return refuse('invalid_grant', 'Invalid grant: account not found');
    const keyId = header['kid'];
    const keys = typeof keyId === 'string' ? [account.keys.get(keyId)] : [...account.keys.values()];
    const signed = Buffer.from(`${head}.${body}`);
    const isSigned = keys.some(
      (key) => key !== undefined && verify('sha256', signed, key, Buffer.from(signature, 'base64url')),
    );
    if (!isSigned) return refuse('invalid_grant', 'Invalid JWT Signature.');
    if (
      !documentedAudiences.includes(textOf(claims['aud'])) &&
      claims['aud'] !== `https://${authority}${tokenPath}`
    ) {
      return refuse(
        'invalid_grant',
        'Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token',
      );
    }
    if (!isInTime(claims['iat'], claims['exp'], nowSeconds)) {
      return refuse(
        'invalid_grant',
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
      );
    }
    const scopes = textOf(claims['scope'])
      .split(' ')
      .filter((scope) => scope !== '');
    if (scopes.length === 0 || !scopes.every((scope) => scope.startsWith(scopePrefix))) {
      return refuse('invalid_scope', 'Invalid OAuth scope or ID token audience provided.');
    }
    return { account, scopes };
  }

  #forgetExpired(now: number): void {
    const dayMs = 86_400_000;
    for (const [token, { expiresAt }] of this.#tokens)
      if (expiresAt + dayMs < now) this.#tokens.delete(token);
  }
}

function isInTime(issuedAt: unknown, expiresAt: unknown, now: number): boolean {
  if (typeof issuedAt !== 'number' || typeof expiresAt !== 'number') return false;
  return (
    expiresAt - issuedAt <= longestAssertionSeconds &&
    expiresAt > now &&
    issuedAt <= now + skewSeconds &&
    expiresAt > issuedAt
  );
}

export function refuse(error: string, description: string, status = 400): Grant {
  return { answer: jsonAnswer(status, { error, error_description: description }), reason: error };
}

function jsonAnswer(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

function readForm(body: string, contentType: string): URLSearchParams {
  if (!contentType.includes('json')) return new URLSearchParams(body);
  const fields = readObject(body) ?? {};
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, textOf(value)]),
  );
}

function textOf(claim: unknown): string {
  return typeof claim === 'string' ? claim : '';
}

function readPart(part: string | undefined): Record<string, unknown> | null {
  return readObject(Buffer.from(part ?? '', 'base64url').toString('utf8'));
}

function readObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
