import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import type { AppKeys } from './ready-line.js';
import { pemIn } from './running-town.js';

/** A client's JWT as the app's own server would sign it. `expiresInSeconds` at most 24 h. */
export function clientToken(keys: AppKeys, user: string, expiresInSeconds = 3600): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES256', kid: 'demo' })
    .setSubject(user)
    .setAudience(keys.id)
    .setIssuedAt()
    .setExpirationTime(`${expiresInSeconds}s`)
    .sign(createPrivateKey(pemIn(keys.clientKeyFile)));
}
