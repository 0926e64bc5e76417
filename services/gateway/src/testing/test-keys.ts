import { createHash, randomBytes } from 'node:crypto';
import { type AppSettings, appSettingsSchema, type PublicKeyJwk } from '@reveille/contracts/app/events';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface TokenClaims {
  readonly aud?: unknown;
  readonly sub?: unknown;
  readonly iat?: unknown;
  readonly exp?: unknown;
  readonly nbf?: unknown;
}

/** The keys of an app's own server, made for one test. */
export interface TestKeys {
  readonly settings: AppSettings;
  readonly serverKey: string;
  readonly privateKey: CryptoKey;
  /** A token for the user, an hour long, unless the claims or the header say otherwise. */
  token(user: UserId, claims?: TokenClaims, header?: { alg?: string; kid?: string }): Promise<string>;
}

export async function makeTestKeys(
  app: AppId,
  options: { algorithm?: 'ES256' | 'EdDSA'; kid?: string; settings?: object; now?: () => number } = {},
): Promise<TestKeys> {
  const { algorithm = 'ES256', kid = 'k1', now = Date.now } = options;
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid } as PublicKeyJwk;
  const serverKey = `rk_${app}_${randomBytes(24).toString('base64url')}`;
  const settings = appSettingsSchema.parse({
    app,
    clientKeys: [jwk],
    serverKeyHashes: [createHash('sha256').update(serverKey).digest('base64url')],
    ...options.settings,
  });
  return {
    settings,
    serverKey,
    privateKey,
    token(user, claims = {}, header = {}) {
      const issuedAt = Math.floor(now() / 1_000);
      const payload = { aud: app, sub: user, iat: issuedAt, exp: issuedAt + 3_600, ...claims };
      return new SignJWT(payload as object as Record<string, unknown>)
        .setProtectedHeader({ alg: algorithm, kid, ...header })
        .sign(privateKey);
    },
  };
}
