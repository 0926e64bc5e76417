import { createSealing, type Sealing } from '@reveille/chassis/sealing';
import { type Env, readEnv } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import { type LogLevel, logLevels } from '@reveille/chassis/logger';
import type { Secret } from '@reveille/chassis/secret';
import { ConfigError, isErrorNamed } from '@reveille/contracts/errors';
import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';

export interface Config {
  readonly natsUrl: string;
  /** Null for a server without authentication. */
  readonly natsSeed: Secret | null;
  readonly httpHost: string;
  readonly httpPort: number;
  readonly logLevel: LogLevel;
  readonly instance: string;
  readonly isDemo: boolean;
  readonly vendors: readonly VendorName[];
  readonly sealing: Sealing;
  /** The most jobs at hand per app, vendor and lane. */
  readonly maxInFlight: number;
  readonly crashAt: string | null;
}

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const faults: string[] = [];
  const vendors = env.list('REVEILLE_VENDORS', vendorNames);
  for (const name of vendors)
    if (!isVendor(name)) faults.push(`REVEILLE_VENDORS: ${name} is not one of ${vendorNames.join(', ')}`);
  if (vendors.length === 0) faults.push('REVEILLE_VENDORS names no vendor');
  const logLevel = env.text('REVEILLE_LOG_LEVEL', 'info');
  if (!isLogLevel(logLevel)) faults.push(`REVEILLE_LOG_LEVEL must be one of ${logLevels.join(', ')}`);
  const read = {
    natsUrl: env.text('REVEILLE_NATS_URL', 'nats://127.0.0.1:7420'),
    natsSeed:
      env.optionalText('REVEILLE_NATS_SEED_FILE') === null ? null : env.secretFile('REVEILLE_NATS_SEED_FILE'),
    httpHost: env.text('REVEILLE_HTTP_HOST', '127.0.0.1'),
    httpPort: env.integer('REVEILLE_HTTP_PORT', { default: 7403, min: 0, max: 65_535 }),
    instance: env.text('REVEILLE_INSTANCE', systemIds.token(6)),
    isDemo: env.flag('REVEILLE_DEMO', false),
    maxInFlight: env.integer('REVEILLE_MAX_IN_FLIGHT', { default: 200, min: 1, max: 2_000 }),
    crashAt: env.optionalText('REVEILLE_CRASH_AT'),
  };
  const sealingKeys = env.secretFile('REVEILLE_SEALING_KEYS_FILE');
  collect(faults, () => env.done());
  let sealing: Sealing | null = null;
  if (sealingKeys.expose() !== '') {
    collect(faults, () => {
      sealing = createSealing(sealingKeys.expose());
    });
  }
  if (faults.length > 0 || sealing === null)
    throw new ConfigError(faults.length > 0 ? faults : ['REVEILLE_SEALING_KEYS_FILE holds no key']);
  return Object.freeze({
    ...read,
    sealing,
    logLevel: logLevel as LogLevel,
    vendors: vendors.filter(isVendor),
  });
}

function collect(faults: string[], check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!isErrorNamed(error, 'ConfigError')) throw error;
    faults.push(...(error as unknown as ConfigError).faults);
  }
}

function isVendor(name: string): name is VendorName {
  return (vendorNames as readonly string[]).includes(name);
}
function isLogLevel(name: string): name is LogLevel {
  return (logLevels as readonly string[]).includes(name);
}
