import { type Env, readEnv } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import { logLevels, type LogLevel } from '@reveille/chassis/logger';
import { createSealing, type Sealing } from '@reveille/chassis/sealing';
import type { Secret } from '@reveille/chassis/secret';
import { ConfigError, isErrorNamed } from '@reveille/contracts/errors';

export interface Config {
  readonly instance: string;
  readonly natsUrl: string;
  readonly natsSeed: Secret | null;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  readonly databaseUrl: Secret;
  readonly sealing: Sealing;
  readonly fingerprintKey: Buffer;
  readonly crashAt: string | null;
}

const fingerprintKeyBytes = 32;
const instanceBytes = 6;

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const faults: string[] = [];
  const hasSeed = env.optionalText('REVEILLE_NATS_SEED_FILE') !== null;
  const level = env.text('REVEILLE_LOG_LEVEL', 'info');
  const sealingKeys = env.secretFile('REVEILLE_SEALING_KEYS_FILE');
  const fingerprintKey = Buffer.from(env.secretFile('REVEILLE_FINGERPRINT_KEY_FILE').expose(), 'base64');
  const config = {
    instance: env.text('REVEILLE_INSTANCE', systemIds.token(instanceBytes)),
    natsUrl: env.text('REVEILLE_NATS_URL', 'nats://127.0.0.1:7420'),
    natsSeed: hasSeed ? env.secretFile('REVEILLE_NATS_SEED_FILE') : null,
    httpHost: env.text('REVEILLE_HTTP_HOST', '127.0.0.1'),
    httpPort: env.integer('REVEILLE_HTTP_PORT', { default: 7401, min: 0, max: 65_535 }),
    databaseUrl: env.secret('REVEILLE_DATABASE_URL'),
    crashAt: env.optionalText('REVEILLE_CRASH_AT'),
  };
  env.done();
  const logLevel = logLevels.find((name) => name === level);
  if (logLevel === undefined) faults.push(`REVEILLE_LOG_LEVEL must be one of ${logLevels.join(', ')}`);
  if (fingerprintKey.length !== fingerprintKeyBytes) {
    faults.push(`REVEILLE_FINGERPRINT_KEY_FILE must hold base64 of ${fingerprintKeyBytes} bytes`);
  }
  const sealing = sealingOf(sealingKeys, faults);
  if (faults.length > 0 || sealing === null) throw new ConfigError(faults);
  return { ...config, logLevel: logLevel ?? 'info', sealing, fingerprintKey };
}

function sealingOf(keys: Secret, faults: string[]): Sealing | null {
  try {
    return createSealing(keys.expose());
  } catch (error) {
    if (!isErrorNamed(error, 'ConfigError')) throw error;
    faults.push(...(error as ConfigError).faults.map((fault) => `REVEILLE_SEALING_KEYS_FILE: ${fault}`));
    return null;
  }
}
