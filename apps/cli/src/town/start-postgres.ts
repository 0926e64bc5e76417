import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, canEnter, findPostgres } from '@reveille/chassis/postgres-binaries';
import { initPostgres, postgresCommand, superuser } from '@reveille/chassis/postgres-server';
import { answers, preparePostgres } from '@reveille/chassis/prepare-postgres';
import { Secret } from '@reveille/chassis/secret';
import { inherited } from './child-surroundings.js';
import type { TownStep } from './town-step.js';

/** Makes the data folder if it is not there, starts Postgres and prepares roles and schemas; resolves when it answers. */
export async function startPostgres({ data, ports, supervisor, town, onStep }: TownStep): Promise<void> {
  const binaries = findPostgres(cacheFolder(), (folder) =>
    onStep(`Postgres: copied to ${folder}, where its own account can reach it`),
  );
  const dataFolder = postgresFolder(data);
  if (!existsSync(join(dataFolder, 'PG_VERSION')))
    onStep(`Postgres ${binaries.version}: making its data folder`);
  await initPostgres({ dataFolder, binaries, password: town.postgresPassword });
  const { file, args, ...account } = postgresCommand({ dataFolder, port: ports.postgres, binaries });
  const url = new Secret(
    `postgres://${superuser}:${encodeURIComponent(town.postgresPassword)}@127.0.0.1:${ports.postgres}/postgres`,
  );
  await supervisor.start({
    name: 'postgres',
    file,
    args,
    ...account,
    env: { ...inherited(), LC_ALL: 'C' },
    port: ports.postgres,
    noticesParent: false,
    stopSignal: 'SIGINT',
    isReady: () => answers(url),
  });
  const password = new Secret(town.postgresPassword);
  await preparePostgres(url, { presence: password, router: password });
  onStep(`Postgres: ready on ${ports.postgres}`);
}

/** Postgres runs as another account when we are root: its folder lies elsewhere where that account could not reach ours. */
export function postgresFolder(data: string): string {
  const { account } = findPostgres();
  if (canEnter(data, account)) return join(data, 'postgres');
  return join(cacheFolder(), 'postgres-data', createHash('sha256').update(data).digest('hex').slice(0, 16));
}
