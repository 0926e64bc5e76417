import pg from 'pg';
import type { Secret } from './secret.js';

export const databaseName = 'reveille';

/**
 * Makes the one database, and per service a role and a schema of its own that the others cannot read. Doing it twice changes
 * nothing but the roles' passwords.
 */
export async function preparePostgres(
  superuserUrl: Secret,
  services: Readonly<Record<string, Secret>>,
): Promise<void> {
  await withClient(superuserUrl.expose(), async (client) => {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
  });
  await withClient(withDatabase(superuserUrl.expose(), databaseName), async (client) => {
    await client.query('revoke all on schema public from public');
    await client.query(`revoke all on database ${databaseName} from public`);
    for (const [service, password] of Object.entries(services)) {
      const role = pg.escapeIdentifier(roleOf(service));
      const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [roleOf(service)]);
      const verb = rowCount === 0 ? 'create' : 'alter';
      await client.query(`${verb} role ${role} login password ${pg.escapeLiteral(password.expose())}`);
      await client.query(`grant connect on database ${databaseName} to ${role}`);
      await client.query(`create schema if not exists ${pg.escapeIdentifier(service)} authorization ${role}`);
    }
  });
}

/** The role of a service. */
export const roleOf = (service: string): string => `reveille_${service}`;

/** The URL of the database for a service's role, at `<host>:<port>`. */
export function serviceUrl(at: string, service: string, password: Secret): string {
  return `postgres://${roleOf(service)}:${encodeURIComponent(password.expose())}@${at}/${databaseName}`;
}

function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'reveille prepare' });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** True once the server takes connections. */
export async function answers(url: Secret): Promise<boolean> {
  const client = new pg.Client({ connectionString: url.expose(), connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}
