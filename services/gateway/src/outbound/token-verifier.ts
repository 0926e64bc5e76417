import { createHash, timingSafeEqual } from 'node:crypto';
import type { AppSettings, PublicKeyJwk } from '@reveille/contracts/app/events';
import type { RefusalCode } from '@reveille/contracts/ask/refusal';
import { RefusedError } from '@reveille/contracts/errors';
import { type AppId, userIdSchema } from '@reveille/contracts/ids';
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  importJWK,
  type JWTPayload,
  jwtVerify,
} from 'jose';
import type { Apps, Authenticator, Clock, Principal } from '../ports.js';

type ClientPrincipal = Extract<Principal, { kind: 'client' }>;

const longestLifeSeconds = 24 * 3600;
const skewSeconds = 30;
const cacheSize = 10_000;
/** Longer ones are verified each time, so that the cache stays small. */
const longestCached = 2_048;
const serverKeyForm = /^rk_([A-Za-z0-9_-]{1,32})_([A-Za-z0-9_-]{16,})$/;

/**
 * Checks who is asking. Clients: a JWT of their app, ES256 or EdDSA, `aud` the app, `sub` the user, `exp` at most 24 h after `iat`
 * and after now, 30 s of skew. Servers: an API key `rk_<app>_<secret>`, compared by its hash in constant time.
 */
export class TokenVerifier implements Authenticator {
  readonly #verified = new Map<string, ClientPrincipal>();
  readonly #keys = new WeakMap<PublicKeyJwk, Promise<CryptoKey | Uint8Array>>();

  constructor(
    private readonly apps: Apps,
    private readonly clock: Clock,
  ) {}

  /** An app has changed: what its keys had proved is proved anew. */
  forget(app: AppId): void {
    for (const [token, principal] of this.#verified) if (principal.app === app) this.#verified.delete(token);
  }

  async bearer(header: string | undefined): Promise<Principal> {
    const token = /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
    if (token === undefined) throw refuse('token-invalid', 'send "Authorization: Bearer <JWT or API key>"');
    return token.startsWith('rk_') ? this.#server(token) : this.client(token);
  }

  async client(token: string): Promise<ClientPrincipal> {
    const known = this.#verified.get(token);
    if (known !== undefined && known.expiresAt > this.clock.now()) return known;
    this.#verified.delete(token);
    const principal = await this.#verify(token, this.#appOf(token));
    if (token.length > longestCached) return principal;
    if (this.#verified.size >= cacheSize) this.#verified.delete(this.#verified.keys().next().value ?? '');
    this.#verified.set(token, principal);
    return principal;
  }

  #server(key: string): Principal {
    const hash = createHash('sha256').update(key).digest();
    for (const app of serverKeyForm.test(key) ? appsNamedBy(key) : []) {
      const hashes = this.apps.get(app)?.serverKeyHashes ?? [];
      if (hashes.some((known) => timingSafeEqual(Buffer.from(known, 'base64url'), hash)))
        return { kind: 'server', app };
    }
    throw refuse('token-invalid', 'no app knows this API key');
  }

  /** `aud` may name several audiences, of which one is an app of ours. */
  #appOf(token: string): AppSettings {
    let audience: unknown;
    try {
      audience = decodeJwt(token).aud;
    } catch {
      throw refuse('token-invalid', 'the token is no JWT');
    }
    const named: readonly unknown[] = Array.isArray(audience) ? audience : [audience];
    const settings = named.flatMap((name) => (typeof name === 'string' ? (this.apps.get(name) ?? []) : []));
    if (settings.length > 1)
      throw refuse('token-invalid', 'the audience ("aud") of the token names several apps');
    if (settings[0] === undefined)
      throw refuse('app-unknown', 'the audience ("aud") of the token is no app here');
    return settings[0];
  }

  async #verify(token: string, settings: AppSettings): Promise<ClientPrincipal> {
    const kid = kidOf(token);
    const keys = settings.clientKeys.filter(
      (key) => kid === null || key.kid === undefined || key.kid === kid,
    );
    let failure: unknown = null;
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, await this.#import(key), {
          algorithms: [...algorithmsOf(key)],
          audience: settings.app,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: skewSeconds,
          currentDate: new Date(this.clock.now()),
        });
        return principalOf(settings.app, payload, this.clock.now() / 1_000);
      } catch (error) {
        failure = error;
      }
    }
    throw refusalOf(failure);
  }

  #import(key: PublicKeyJwk): Promise<CryptoKey | Uint8Array> {
    const imported =
      this.#keys.get(key) ?? importJWK(key as Parameters<typeof importJWK>[0], algorithmsOf(key)[0]);
    this.#keys.set(key, imported);
    return imported;
  }
}

function refuse(code: RefusalCode, message: string): RefusedError {
  return new RefusedError(code, message);
}

function refusalOf(failure: unknown): unknown {
  if (failure === null) return refuse('token-invalid', 'the app has no such key');
  if (failure instanceof errors.JWTExpired)
    return refuse('token-expired', 'the token has expired: ask your server for another one');
  return failure instanceof errors.JOSEError ? refuse('token-invalid', failure.message) : failure;
}

/** What the key may sign with, never what the token says: a token of another algorithm is no token. */
function algorithmsOf({ kty }: PublicKeyJwk): readonly [string, ...string[]] {
  return kty === 'EC' ? ['ES256'] : ['EdDSA', 'Ed25519'];
}

function kidOf(token: string): string | null {
  try {
    return decodeProtectedHeader(token).kid ?? null;
  } catch {
    throw refuse('token-invalid', 'the header of the token cannot be read');
  }
}

/** Good for as long as a verification would let it pass: skew included. */
function principalOf(app: AppId, { sub, exp, iat }: JWTPayload, nowSeconds: number): ClientPrincipal {
  const user = userIdSchema.safeParse(sub);
  if (!user.success) throw refuse('token-invalid', 'the subject ("sub") of the token is no user id');
  const issuedAt: unknown = iat ?? nowSeconds;
  if (typeof issuedAt !== 'number') throw refuse('token-invalid', '"iat" of the token is no number');
  const expiresAt = exp ?? 0;
  // A token that is issued in the future would live longer than it says.
  if (expiresAt - Math.min(issuedAt, nowSeconds) > longestLifeSeconds + skewSeconds)
    throw refuse('token-invalid', 'the token lives longer than 24 h');
  return { kind: 'client', app, user: user.data, expiresAt: (expiresAt + skewSeconds) * 1_000 };
}

/** An app's id may hold an underscore: `rk_a_b_c` may be the app `a` or the app `a_b`. */
function appsNamedBy(key: string): AppId[] {
  const parts = key.slice('rk_'.length).split('_');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('_'));
}
