import type { Env } from './env.js';
import { systemIds } from './id-source.js';
import { type LogLevel, logLevels } from './logger.js';
import type { Secret } from './secret.js';

/** What every service is told through its environment. */
export interface ServiceSettings {
  /** Names this process among others of its kind. */
  readonly instance: string;
  readonly natsUrl: string;
  /** Null for a server without authentication. */
  readonly natsSeed: Secret | null;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  /** A crash point, for tests. */
  readonly crashAt: string | null;
}

const instanceBytes = 6;

/** Faults are kept by `env` until its `done`. */
export function readServiceSettings(env: Env, defaults: { readonly httpPort: number }): ServiceSettings {
  const hasSeed = env.optionalText('REVEILLE_NATS_SEED_FILE') !== null;
  return {
    instance: env.text('REVEILLE_INSTANCE', systemIds.token(instanceBytes)),
    natsUrl: env.text('REVEILLE_NATS_URL', 'nats://127.0.0.1:7420'),
    natsSeed: hasSeed ? env.secretFile('REVEILLE_NATS_SEED_FILE') : null,
    httpHost: env.text('REVEILLE_HTTP_HOST', '127.0.0.1'),
    httpPort: env.integer('REVEILLE_HTTP_PORT', { default: defaults.httpPort, min: 0, max: 65_535 }),
    logLevel: env.oneOf('REVEILLE_LOG_LEVEL', logLevels, 'info'),
    crashAt: env.optionalText('REVEILLE_CRASH_AT'),
  };
}
