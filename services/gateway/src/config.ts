import { type Env, readEnv } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import { type LogLevel, logLevels } from '@reveille/chassis/logger';
import type { Secret } from '@reveille/chassis/secret';
import { ConfigError } from '@reveille/contracts/errors';
import type { GatewayId } from '@reveille/contracts/ids';

export interface Config {
  readonly natsUrl: string;
  /** Null for a server without authentication. */
  readonly natsSeed: Secret | null;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  readonly instance: string;
  /** Unique for this run of the process: its sessions go with it. */
  readonly gatewayId: GatewayId;
  readonly dedupKey: Secret;
  /** Empty: any origin may open a WebSocket. */
  readonly allowedOrigins: readonly string[];
  /** How long clients are kept while NATS is away; then they are sent elsewhere. */
  readonly natsGraceMs: number;
  readonly crashAt: string | null;
}

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const logLevel = env.text('REVEILLE_LOG_LEVEL', 'info');
  const instance = env.text('REVEILLE_INSTANCE', systemIds.token(6));
  const config = {
    natsUrl: env.text('REVEILLE_NATS_URL', 'nats://127.0.0.1:7420'),
    natsSeed:
      env.optionalText('REVEILLE_NATS_SEED_FILE') === null ? null : env.secretFile('REVEILLE_NATS_SEED_FILE'),
    httpHost: env.text('REVEILLE_HTTP_HOST', '127.0.0.1'),
    httpPort: env.integer('REVEILLE_HTTP_PORT', { default: 7400, min: 0, max: 65_535 }),
    instance,
    gatewayId: `${instance.replaceAll(/[^\w-]/g, '-').slice(0, 40)}-${systemIds.token(6)}`,
    dedupKey: env.secretFile('REVEILLE_DEDUP_KEY_FILE'),
    allowedOrigins: env.list('REVEILLE_ALLOWED_ORIGINS', []),
    natsGraceMs: env.integer('REVEILLE_NATS_GRACE_MS', { default: 10_000, min: 100, max: 600_000 }),
    crashAt: env.optionalText('REVEILLE_CRASH_AT'),
  };
  env.done();
  const isLevel = (logLevels as readonly string[]).includes(logLevel);
  if (!isLevel) throw new ConfigError([`REVEILLE_LOG_LEVEL must be one of ${logLevels.join(', ')}`]);
  return Object.freeze({ ...config, logLevel: logLevel as LogLevel });
}
