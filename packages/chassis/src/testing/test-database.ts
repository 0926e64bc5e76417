import { join } from 'node:path';
import pg from 'pg';
import { type PostgresServer, startPostgres, temporaryDataFolder } from '../postgres-server.js';
import { Secret } from '../secret.js';
import { freePort } from './free-port.js';

export interface TestPostgres {
  readonly server: PostgresServer;
  readonly port: number;
  /** An empty database of its own. */
  createDatabase(): Promise<Secret>;
  stop(): Promise<void>;
}

let last = 0;

/** A real Postgres for one test file, on a free port, in a temporary folder, without sync. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const { folder, remove } = temporaryDataFolder('reveille-postgres-');
  const port = await freePort();
  const server = await startPostgres({ dataFolder: join(folder, 'data'), port, isFast: true });
  return {
    server,
    port,
    async createDatabase() {
      last += 1;
      const name = `test_${process.pid}_${last}`;
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`create database ${name} strategy file_copy`);
      await client.end();
      return new Secret(server.url.replace(/\/postgres$/, `/${name}`));
    },
    async stop() {
      await server.stop();
      remove();
    },
  };
}
