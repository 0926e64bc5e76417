import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keyVariableOf } from '@reveille/bus/compose-nats-config';
import { readAppsFile } from '@reveille/chassis/apps-file';
import { demoKeyMark } from '@reveille/chassis/env';
import { superuser } from '@reveille/chassis/postgres-server';
import { preparePostgres, serviceUrl } from '@reveille/chassis/prepare-postgres';
import { Secret } from '@reveille/chassis/secret';
import { serviceNames } from '@reveille/contracts/permissions';
import { makeAppsFile } from './apps-file.js';
import { provisionTown } from './provision-town.js';
import { secretIn } from './running-town.js';
import { SandboxClient } from './sandbox-client.js';
import { makeAppKeys, makeTownKeys } from './town-keys.js';
import { openVendorAccounts } from './vendor-accounts.js';

export interface ContainerKeys {
  /** What our own containers share: keys, credentials, `apps.yaml`, the sandbox's certificate. */
  readonly data: string;
  /** What nats-server gets to see: the public keys, as variables for a shell. */
  readonly natsFolder: string;
  /** What Postgres gets to see: its superuser's password. */
  readonly postgresFolder: string;
  readonly apps: readonly string[];
  /** The name under which the containers reach it. */
  readonly database: string;
}

const services = ['presence', 'router'] as const;

/** Before anything else runs: demo keys and what follows from them. What is there already stays. */
export function makeContainerKeys(options: ContainerKeys): void {
  const { data, natsFolder, postgresFolder, apps, database } = options;
  for (const folder of [data, natsFolder, postgresFolder]) mkdirSync(folder, { recursive: true });
  const town = makeTownKeys(data);
  for (const app of apps) makeAppKeys(town, app, false);
  const password = new Secret(town.postgresPassword);
  const lines = serviceNames.map((name) => `${keyVariableOf(name)}=${town.identities[name]}`);
  writeFileSync(join(natsFolder, 'nats.env'), `${lines.join('\n')}\n`);
  writeFileSync(join(postgresFolder, 'password'), town.postgresPassword, { mode: 0o600 });
  for (const service of services) {
    const url = serviceUrl(database, service, password);
    writeFileSync(databaseUrlFile(data, service), `${demoKeyMark}\n${url}\n`, { mode: 0o600 });
  }
}

const databaseUrlFile = (data: string, service: string): string =>
  join(data, 'keys', `${service}.database-url`);

export interface ContainerServers {
  readonly data: string;
  readonly natsUrl: string;
  /** `<host>:<port>` */
  readonly database: string;
  readonly sandboxUrl: string;
  /** The vendor workers, as the sandbox reaches them. */
  readonly workersUrl: string;
  readonly apps: readonly string[];
}

/** Once the servers run: roles and schemas, the vendors' accounts and `apps.yaml`, streams and consumers. Gives what it changed. */
export async function prepareContainers(options: ContainerServers): Promise<string[]> {
  const { data, natsUrl, database, sandboxUrl } = options;
  const town = makeTownKeys(data);
  const plans = options.apps.map((app) => ({ keys: makeAppKeys(town, app, false), isPlatform: false }));
  const password = new Secret(town.postgresPassword);
  const url = new Secret(
    `postgres://${superuser}:${encodeURIComponent(password.expose())}@${database}/postgres`,
  );
  await preparePostgres(url, Object.fromEntries(services.map((service) => [service, password])));
  const sandbox = new SandboxClient(sandboxUrl);
  const accounts = await openVendorAccounts(sandbox, town, options.workersUrl, options.apps);
  const apps = readAppsFile(makeAppsFile(data, plans, accounts, {}));
  return provisionTown({
    url: natsUrl,
    seed: secretIn(join(town.folder, 'operator.nkey')),
    apps: apps.map(({ app }) => app),
    settings: { duplicateWindowMs: null, messagesMaxBytes: null },
  });
}
