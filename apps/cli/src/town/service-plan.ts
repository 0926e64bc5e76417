import { join } from 'node:path';
import { Secret } from '@reveille/chassis/secret';
import { serviceUrl } from '@reveille/chassis/prepare-postgres';
import type { ReadyLine } from './ready-line.js';
import { workerPort } from './town-ports.js';
import { inherited, isOk } from './child-surroundings.js';
import type { ChildPlan } from './supervisor.js';
import type { TownKeys } from './town-keys.js';

export interface ServiceSettings {
  readonly data: string;
  readonly ports: ReadyLine['ports'];
  readonly town: TownKeys;
  readonly appsFile: string;
  readonly natsUrl: string;
  readonly vendors: readonly string[];
  readonly env: readonly string[];
  readonly logLevel: string;
}

export type TownService = 'gateway' | 'presence' | 'router' | 'vendor-workers';

/**
 * How one service is run: its environment is all that it is told.
 * @param instance from 1; further ones of a service have a name and a port of their own
 */
export function servicePlan(name: TownService, settings: ServiceSettings, instance = 1): ChildPlan {
  const { ports, town } = settings;
  const port = {
    gateway: ports.gateway,
    presence: ports.presence,
    router: ports.router,
    'vendor-workers': workerPort(ports.vendorWorkers, instance),
  }[name];
  const password = new Secret(town.postgresPassword);
  const own: Record<TownService, Record<string, string>> = {
    gateway: { REVEILLE_DEDUP_KEY_FILE: town.dedupKeyFile },
    presence: {
      REVEILLE_DATABASE_URL: serviceUrl(`127.0.0.1:${ports.postgres}`, 'presence', password),
      REVEILLE_SEALING_KEYS_FILE: town.sealingKeysFile,
      REVEILLE_FINGERPRINT_KEY_FILE: town.fingerprintKeyFile,
    },
    router: {
      REVEILLE_DATABASE_URL: serviceUrl(`127.0.0.1:${ports.postgres}`, 'router', password),
      REVEILLE_APPS_FILE: settings.appsFile,
    },
    'vendor-workers': {
      REVEILLE_SEALING_KEYS_FILE: town.sealingKeysFile,
      REVEILLE_VENDORS: settings.vendors.join(','),
      REVEILLE_RECEIPT_KEY_FILE: town.receiptKeyFile,
      REVEILLE_RECEIPT_URL: receiptOrigin(ports),
    },
  };
  return {
    name: instance === 1 ? name : `${name}-${instance}`,
    file: process.execPath,
    args: [
      '--enable-source-maps',
      join(import.meta.dirname, '..', '..', '..', '..', 'services', name, 'dist', 'main.js'),
    ],
    env: {
      ...inherited(),
      REVEILLE_DEMO: '1',
      REVEILLE_NATS_URL: settings.natsUrl,
      REVEILLE_NATS_SEED_FILE: join(town.folder, `${name}.nkey`),
      REVEILLE_HTTP_HOST: '127.0.0.1',
      REVEILLE_HTTP_PORT: String(port),
      REVEILLE_LOG_LEVEL: settings.logLevel,
      REVEILLE_INSTANCE: `${name}-${instance}`,
      ...own[name],
      ...extraEnv(settings.env, name),
    },
    port,
    noticesParent: true,
    stopSignal: 'SIGTERM',
    isReady: () => isOk(`http://127.0.0.1:${port}/readyz`),
  };
}

/** Where the vendors of this town say what became of pushes. */
export function receiptOrigin({ vendorWorkers }: ReadyLine['ports']): string {
  return `http://127.0.0.1:${vendorWorkers}`;
}

/** `KEY=VALUE` is for all, `router:KEY=VALUE` for one. */
function extraEnv(pairs: readonly string[], name: TownService): Record<string, string> {
  const env: Record<string, string> = {};
  for (const pair of pairs) {
    const [, service, key = '', value = ''] = /^(?:([a-z-]+):)?([A-Z][A-Z0-9_]*)=(.*)$/s.exec(pair) ?? [];
    if (service === undefined || service === name) env[key] = value;
  }
  return env;
}
