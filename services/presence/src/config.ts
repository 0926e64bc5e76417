import { type Env, readEnv } from '@reveille/chassis/env';
import type { Secret } from '@reveille/chassis/secret';
import { readSealing, type Sealing } from '@reveille/chassis/sealing';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';

export interface Config extends ServiceSettings {
  readonly databaseUrl: Secret;
  readonly sealing: Sealing;
  readonly fingerprintKey: Buffer;
}

const fingerprintKeyBytes = 32;

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7401 });
  const databaseUrl = env.secret('REVEILLE_DATABASE_URL');
  const fingerprintKey = Buffer.from(env.secretFile('REVEILLE_FINGERPRINT_KEY_FILE').expose(), 'base64');
  if (fingerprintKey.length !== fingerprintKeyBytes) {
    env.fault(`REVEILLE_FINGERPRINT_KEY_FILE must hold base64 of ${fingerprintKeyBytes} bytes`);
  }
  const sealing = readSealing(env);
  return Object.freeze({ ...settings, databaseUrl, sealing, fingerprintKey });
}
