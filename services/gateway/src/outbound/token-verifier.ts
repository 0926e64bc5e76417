import { createHash, timingSafeEqual } from 'node:crypto';
import type { AppSettings, PublicKeyJwk } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { userIdSchema } from '@reveille/contracts/ids';
import { type CryptoKey, decodeJwt, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose';
import type { Apps, Authenticator, Clock, Principal } from '../ports.js';
import { refuse } from '../protocol/refuse.js';

type ClientPrincipal = Extract<Principal, { kind: 'client' }>;

const longestLifeSeconds = 24 * 3600;
const skewSeconds = 30;
const cacheSize = 10_000;
const serverKeyForm = /^rk_([A-Za-z0-9_-]{1,32})_([A-Za-z0-9_-]{16,})$/;

/**
 * Checks who is asking. Clients: a JWT of their app, ES256 or EdDSA, `aud` the app, `sub` the user, `exp` at most 24 h after `iat`,
 * 30 s of skew. Servers: an API key `rk_<app>_<secret>`, compared by its hash in constant time.
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
    const token = /^Bearer ([^\s]+)$/.exec(header ?? '')?.[1];
    if (token === undefined) throw refuse('token-invalid', 'send "Authorization: Bearer <JWT or API key>"');
    return token.startsWith('rk_') ? this.#server(token) : this.client(token);
  }

  async client(token: string): Promise<ClientPrincipal> {
    const known = this.#verified.get(token);
    if (known !== undefined && known.expiresAt > this.clock.now()) return known;
    const settings = this.#appOf(token);
    const principal = await this.#verify(token, settings);
    if (this.#verified.size >= cacheSize) this.#verified.delete(this.#verified.keys().next().value ?? '');
    this.#verified.set(token, principal);
    return principal;
  }

  #server(key: string): Principal {
    const app = serverKeyForm.exec(key)?.[1];
    // An app's id may hold an underscore: every way to cut the key is tried against the app that it would name.
    const hash = createHash('sha256').update(key).digest();
    for (const candidate of app === undefined ? [] : prefixesOf(key)) {
      const hashes = this.apps.get(candidate)?.serverKeyHashes ?? [];
      if (hashes.some((known) => timingSafeEqual(Buffer.from(known, 'base64url'), hash))) return { kind: 'server', app: candidate };
    }
    throw refuse('token-invalid', 'no app knows this API key');
  }

  #appOf(token: string): AppSettings {
    let audience: unknown;
    try {
      audience = decodeJwt(token).aud;
    } catch {
      throw refuse('token-invalid', 'the token is no JWT');
    }
    const settings = typeof audience === 'string' ? this.apps.get(audience) : null;
    if (settings === null) throw refuse('app-unknown', 'the audience ("aud") of the token is no app here');
    return settings;
  }

  async #verify(token: string, settings: AppSettings): Promise<ClientPrincipal> {
    const { kid } = decodeProtectedHeader(token);
    const keys = settings.clientKeys.filter((key) => kid === undefined || key.kid === undefined || key.kid === kid);
    let failure: unknown = null;
    for (const key of keys) {
      try {
        const { payload } = await jwtVerify(token, await this.#import(key), {
          algorithms: [key.kty === 'EC' ? 'ES256' : 'EdDSA'],
          audience: settings.app,
          requiredClaims: ['sub', 'exp'],
          clockTolerance: skewSeconds,
          currentDate: new Date(this.clock.now()),
        });
        return principalOf(settings.app, payload.sub ?? '', payload.exp ?? 0, payload.iat ?? this.clock.now() / 1_000);
      } catch (error) {
        failure = error;
      }
    }
    if (failure instanceof errors.JWTExpired) throw refuse('token-expired', 'the token has expired: ask your server for another one');
    if (failure instanceof errors.JOSEError || failure === null) throw refuse('token-invalid', failure === null ? 'the app has no such key' : failure.message);
    throw failure;
  }

  #import(key: PublicKeyJwk): Promise<CryptoKey | Uint8Array> {
    const imported = this.#keys.get(key) ?? importJWK(key as Parameters<typeof importJWK>[0], key.kty === 'EC' ? 'ES256' : 'EdDSA');
    this.#keys.set(key, imported);
    return imported;
  }
}

function principalOf(app: AppId, subject: string, expiresAtSeconds: number, issuedAtSeconds: number): ClientPrincipal {
  const user = userIdSchema.safeParse(subject);
  if (!user.success) throw refuse('token-invalid', 'the subject ("sub") of the token is no user id');
  if (expiresAtSeconds - issuedAtSeconds > longestLifeSeconds + skewSeconds) throw refuse('token-invalid', 'the token lives longer than 24 h');
  return { kind: 'client', app, user: user.data, expiresAt: expiresAtSeconds * 1_000 };
}

/** `rk_a_b_c` may be the app `a` or the app `a_b`. */
function prefixesOf(key: string): AppId[] {
  const parts = key.slice('rk_'.length).split('_');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('_'));
}
