import { type Env, readEnv } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import type { Secret } from '@reveille/chassis/secret';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';
import type { GatewayId } from '@reveille/contracts/ids';

export interface Config extends ServiceSettings {
  /** Unique for this run of the process: its sessions go with it. */
  readonly gatewayId: GatewayId;
  readonly dedupKey: Secret;
  /** Empty: any origin may open a WebSocket. */
  readonly allowedOrigins: readonly string[];
  /** How long clients are kept while NATS is away; then they are sent elsewhere. */
  readonly natsGraceMs: number;
}

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7400 });
  const config = {
    ...settings,
    gatewayId: `${settings.instance.replaceAll(/[^\w-]/g, '-').slice(0, 40)}-${systemIds.token(6)}`,
    dedupKey: env.secretFile('REVEILLE_DEDUP_KEY_FILE'),
    allowedOrigins: env.list('REVEILLE_ALLOWED_ORIGINS', []),
    natsGraceMs: env.integer('REVEILLE_NATS_GRACE_MS', { default: 10_000, min: 100, max: 600_000 }),
  };
  env.done();
  return Object.freeze(config);
}
