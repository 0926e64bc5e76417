import { readAppsFile } from '@reveille/chassis/apps-file';
import { type Env, readEnv } from '@reveille/chassis/env';
import type { Secret } from '@reveille/chassis/secret';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';
import type { AppDocument } from '@reveille/contracts/app/events';

export interface Config extends ServiceSettings {
  readonly databaseUrl: Secret;
  /** The apps that the file declares. */
  readonly apps: readonly AppDocument[];
}

/** @throws ConfigError that lists every fault at once, those of the apps file with their lines. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7402 });
  const databaseUrl = env.secret('REVEILLE_DATABASE_URL');
  const appsFile = env.text('REVEILLE_APPS_FILE');
  const apps = appsFile === '' ? null : env.attempt(() => readAppsFile(appsFile));
  env.done();
  return Object.freeze({ ...settings, databaseUrl, apps: apps ?? [] });
}
