import { verify } from 'node:crypto';
import type { ApnsConnection } from './apns.connection.js';
import type { ApnsKey, ApnsKeys } from './apns.keys.js';
import type { ApnsReason } from './apns.reasons.js';
import type { ApnsSwitches } from './apns.switches.js';

const hourMs = 3_600_000;
/** The least time between two provider tokens on a connection. */
export const tokenUpdateMs = 20 * 60_000;
/** Apple does not say how much clock skew it forgives. */
const skewMs = 60_000;
const tokensRemembered = 1_000;

interface SignedToken {
  readonly key: ApnsKey;
  readonly issuedAt: number;
}

export type Authorization =
  | { readonly kind: 'granted'; readonly topics: readonly string[] | null }
  | { readonly kind: 'refused'; readonly reason: ApnsReason };

const refused = (reason: ApnsReason): Authorization => ({ kind: 'refused', reason });

/**
 * Checks who is pushing, in this order: a token at all, its form and signature, its age, the key's environment, what the
 * connection is bound to, and how often the token changes.
 */
export class ProviderTokens {
  readonly #signed = new Map<string, SignedToken | null>();
  readonly #lastByKey = new Map<string, { jwt: string; since: number }>();
  #version = -1;

  constructor(
    private readonly keys: ApnsKeys,
    private readonly switches: ApnsSwitches,
  ) {}

  /** How many different tokens were presented, good or bad (since the last change of keys). */
  get seen(): number {
    return this.#signed.size;
  }

  authorize(connection: ApnsConnection, header: string | undefined, now: number): Authorization {
    if (connection.certificate.kind !== 'none') return authorizeCertificate(connection);
    const jwt = /^bearer +(.*)$/i.exec(header ?? '')?.[1]?.trim() ?? '';
    if (jwt === '')
      return refused(
        header === undefined || /^bearer/i.test(header) ? 'MissingProviderToken' : 'InvalidProviderToken',
      );
    const token = this.#verified(jwt);
    if (token === null || token.issuedAt > now + skewMs) return refused('InvalidProviderToken');
    if (token.issuedAt < now - hourMs) return refused('ExpiredProviderToken');
    return this.#admit(connection, token.key, jwt, now);
  }

  #admit(connection: ApnsConnection, key: ApnsKey, jwt: string, now: number): Authorization {
    if (key.environment !== 'both' && key.environment !== connection.environment) {
      return refused(
        this.switches.environmentReason === 'wire'
          ? 'BadEnvironmentKeyInToken'
          : 'BadEnvironmentKeyIdInToken',
      );
    }
    const { bound } = connection;
    if (bound !== null && bound.teamId !== key.teamId) return refused('InvalidProviderToken');
    if (bound !== null && bound.family !== key.familyName) return refused('UnrelatedKeyIdInToken');
    if (now < connection.blockedUntil) return refused('TooManyProviderTokenUpdates');
    const last =
      this.switches.tokenUpdateScope === 'key' ? (this.#lastByKey.get(key.keyId) ?? null) : connection.token;
    if (last?.jwt !== jwt) {
      if (last !== null && now < last.since + tokenUpdateMs) {
        connection.blockedUntil = last.since + tokenUpdateMs;
        return refused('TooManyProviderTokenUpdates');
      }
      connection.token = { jwt, since: now };
      this.#lastByKey.set(key.keyId, { jwt, since: now });
    }
    connection.bound = { teamId: key.teamId, family: key.familyName };
    return { kind: 'granted', topics: key.topics };
  }

  /** Signatures are expensive and tokens live an hour: each is checked once per set of registered keys. */
  #verified(jwt: string): SignedToken | null {
    if (this.#version !== this.keys.version || this.#signed.size > tokensRemembered) this.#signed.clear();
    this.#version = this.keys.version;
    const known = this.#signed.get(jwt);
    if (known !== undefined) return known;
    const token = readSigned(jwt, this.keys);
    this.#signed.set(jwt, token);
    return token;
  }
}

function authorizeCertificate({ certificate, environment }: ApnsConnection): Authorization {
  if (certificate.kind !== 'known') return refused('BadCertificate');
  const { registration } = certificate;
  if (registration.environment !== 'both' && registration.environment !== environment)
    return refused('BadCertificateEnvironment');
  return { kind: 'granted', topics: registration.topics };
}

/** A well-formed token, signed with ES256 by a registered key of the team that it names; null otherwise. */
function readSigned(jwt: string, keys: ApnsKeys): SignedToken | null {
  const [head, body, signature, ...rest] = jwt.split('.');
  if (head === undefined || body === undefined || signature === undefined || rest.length > 0) return null;
  const header = readJson(head);
  const claims = readJson(body);
  if (header?.['alg'] !== 'ES256' || typeof header['kid'] !== 'string') return null;
  const key = keys.find(header['kid']);
  if (key === null || claims?.['iss'] !== key.teamId || typeof claims['iat'] !== 'number') return null;
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${body}`),
    { key: key.key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  return isSigned ? { key, issuedAt: claims['iat'] * 1_000 } : null;
}

function readJson(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
