import { type Env, readEnv } from '@reveille/chassis/env';
import type { Secret } from '@reveille/chassis/secret';
import { readSealing, type Sealing } from '@reveille/chassis/sealing';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';
import type { SuspicionPolicy } from './domain/push-line/suspicion.js';

export interface Config extends ServiceSettings {
  readonly databaseUrl: Secret;
  readonly sealing: Sealing;
  readonly fingerprintKey: Buffer;
  readonly suspicion: SuspicionPolicy;
  /** How long a dead token stays in the vault, for an undo. */
  readonly keepsDeadForMs: number;
}

const fingerprintKeyBytes = 32;
const dayMs = 86_400_000;

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7401 });
  const databaseUrl = env.secret('REVEILLE_DATABASE_URL');
  const fingerprintKey = Buffer.from(env.secretFile('REVEILLE_FINGERPRINT_KEY_FILE').expose(), 'base64');
  if (fingerprintKey.length !== fingerprintKeyBytes) {
    env.fault(`REVEILLE_FINGERPRINT_KEY_FILE must hold base64 of ${fingerprintKeyBytes} bytes`);
  }
  const suspicion = readSuspicion(env);
  const deadDays = env.integer('REVEILLE_DEAD_TOKEN_DAYS', { default: 7, min: 0, max: 365 });
  const sealing = readSealing(env);
  const keepsDeadForMs = deadDays * dayMs;
  return Object.freeze({ ...settings, databaseUrl, sealing, fingerprintKey, suspicion, keepsDeadForMs });
}

/** When a vendor's words about an app's tokens are too many to be believed. */
function readSuspicion(env: Env): SuspicionPolicy {
  const whole = (name: string, fallback: number, min: number, max: number) =>
    env.integer(`REVEILLE_SUSPICION_${name}`, { default: fallback, min, max });
  return {
    minimum: whole('MINIMUM', 20, 1, 1_000_000),
    sharePercent: whole('SHARE_PERCENT', 30, 0, 100),
    windowMs: whole('WINDOW_SECONDS', 600, 10, 86_400) * 1_000,
  };
}
