import { type Env, readEnv } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import { type LogLevel, logLevels } from '@reveille/chassis/logger';
import type { Secret } from '@reveille/chassis/secret';
import type { AppSettings } from '@reveille/contracts/app/events';
import { ConfigError, isErrorNamed } from '@reveille/contracts/errors';
import { readAppsFile } from './outbound/apps-file.js';

export interface Config {
  readonly instance: string;
  readonly natsUrl: string;
  readonly natsSeed: Secret | null;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  readonly databaseUrl: Secret;
  /** The apps that the file declares. */
  readonly apps: readonly AppSettings[];
  readonly crashAt: string | null;
}

const instanceBytes = 6;

/** @throws ConfigError that lists every fault at once, those of the apps file with their lines. */
export function readConfig(env: Env = readEnv()): Config {
  const faults: string[] = [];
  const level = env.text('REVEILLE_LOG_LEVEL', 'info');
  const logLevel = logLevels.find((name) => name === level);
  if (logLevel === undefined) faults.push(`REVEILLE_LOG_LEVEL must be one of ${logLevels.join(', ')}`);
  const hasSeed = env.optionalText('REVEILLE_NATS_SEED_FILE') !== null;
  const appsFile = env.text('REVEILLE_APPS_FILE');
  const config = {
    instance: env.text('REVEILLE_INSTANCE', systemIds.token(instanceBytes)),
    natsUrl: env.text('REVEILLE_NATS_URL', 'nats://127.0.0.1:7420'),
    natsSeed: hasSeed ? env.secretFile('REVEILLE_NATS_SEED_FILE') : null,
    httpHost: env.text('REVEILLE_HTTP_HOST', '127.0.0.1'),
    httpPort: env.integer('REVEILLE_HTTP_PORT', { default: 7402, min: 0, max: 65_535 }),
    databaseUrl: env.secret('REVEILLE_DATABASE_URL'),
    crashAt: env.optionalText('REVEILLE_CRASH_AT'),
    logLevel: logLevel ?? 'info',
  };
  const apps = appsFile === '' ? [] : collect(faults, () => readAppsFile(appsFile));
  collect(faults, () => env.done());
  if (faults.length > 0) throw new ConfigError(faults);
  return { ...config, apps: apps ?? [] };
}

function collect<T>(faults: string[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!isErrorNamed(error, 'ConfigError')) throw error;
    faults.push(...(error as ConfigError).faults);
    return null;
  }
}
