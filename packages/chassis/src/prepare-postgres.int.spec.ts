import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  initPostgres,
  type PostgresServer,
  startPostgres,
  superuser,
  temporaryDataFolder,
} from './postgres-server.js';
import { answers, preparePostgres, serviceUrl } from './prepare-postgres.js';
import { Secret } from './secret.js';
import { freePort } from './testing/free-port.js';

describe('one database for all services', () => {
  const masterPassword = 'm/aster:pass@word';
  const place = temporaryDataFolder('reveille-prepare-');
  const dataFolder = `${place.folder}/data`;
  let port: number;
  let server: PostgresServer;
  let master: Secret;

  // With passwords, as `up` makes it: under trust nothing could be refused.
  beforeAll(async () => {
    port = await freePort();
    await initPostgres({ dataFolder, isFast: true, password: masterPassword });
    server = await startPostgres({ dataFolder, port, isFast: true });
    master = new Secret(
      `postgres://${superuser}:${encodeURIComponent(masterPassword)}@127.0.0.1:${port}/postgres`,
    );
    await preparePostgres(master, { presence: new Secret('pre:sence'), router: new Secret('rou/ter') });
  });
  afterAll(async () => {
    await server.stop();
    place.remove();
  });

  async function as<T>(
    service: string,
    password: string,
    work: (client: pg.Client) => Promise<T>,
  ): Promise<T> {
    const client = new pg.Client({
      connectionString: serviceUrl(`127.0.0.1:${port}`, service, new Secret(password)),
    });
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  it('gives each service a schema that it can work in', async () => {
    await as('presence', 'pre:sence', async (client) => {
      await client.query('create table presence.vault (token text)');
      await client.query(`insert into presence.vault values ('t')`);
    });
    const { rows } = await as('presence', 'pre:sence', (client) =>
      client.query('select token from presence.vault'),
    );
    expect(rows).toEqual([{ token: 't' }]);
  });

  it.each([
    ['read', 'select * from presence.vault', /permission denied for schema presence/],
    ['write', `insert into presence.vault values ('x')`, /permission denied for schema presence/],
    ['settle in', 'create table presence.mine (x int)', /permission denied for schema presence/],
    ['make a schema in', 'create schema mine', /permission denied for database/],
    ['use the public schema of', 'create table public.mine (x int)', /permission denied for schema public/],
  ])('lets no other service %s it', async (_what, statement, refusal) => {
    await expect(as('router', 'rou/ter', (client) => client.query(statement))).rejects.toThrow(refusal);
  });

  it('refuses a wrong password', async () => {
    await expect(as('router', 'pre:sence', (client) => client.query('select 1'))).rejects.toThrow(
      /password authentication failed/,
    );
    expect(await answers(master)).toBe(true);
    expect(await answers(new Secret(master.expose().replace('m%2Faster', 'wrong')))).toBe(false);
  });

  it('changes nothing but passwords when it is done again', async () => {
    await preparePostgres(master, { presence: new Secret('renewed'), router: new Secret('rou/ter') });
    const { rows } = await as('presence', 'renewed', (client) =>
      client.query('select token from presence.vault'),
    );
    expect(rows).toEqual([{ token: 't' }]);
    await expect(as('presence', 'pre:sence', (client) => client.query('select 1'))).rejects.toThrow(
      /password authentication failed/,
    );
  });
});
