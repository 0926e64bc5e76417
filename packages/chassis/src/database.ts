import { UnavailableError } from '@reveille/contracts/errors';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import type { Secret } from './secret.js';

export interface DatabaseOptions {
  readonly url: Secret;
  /** The schema of this service: first on the search path. */
  readonly schema: string;
  readonly poolSize?: number;
  /** Shown in `pg_stat_activity`. */
  readonly name?: string;
}

export interface Database<Tables> {
  readonly db: Kysely<Tables>;
  /** Answers a trivial query, or throws UnavailableError. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const connectTimeoutMs = 5_000;

/** Opens a pool; connections are made when they are needed and made anew after Postgres was away. */
export function openDatabase<Tables>({
  url,
  schema,
  poolSize = 8,
  name = schema,
}: DatabaseOptions): Database<Tables> {
  const pool = new pg.Pool({
    connectionString: url.expose(),
    max: poolSize,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    options: `-c search_path=${schema},public`,
  });
  // An idle connection that breaks is replaced at the next use: the query that needs it tells.
  pool.on('error', () => {});
  // One that is checked out and rests (it holds a lock) breaks on its own, and would end the process: its next query tells.
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  // int8: positions and epoch milliseconds stay far below 2^53.
  pg.types.setTypeParser(pg.types.builtins.INT8, Number);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    async ping() {
      await guard(() => sql`select 1`.execute(db));
    },
    close: () => db.destroy(),
  };
}

/** SQLSTATE classes of a server that is away, starting or stopping, or a transaction to be tried again. */
const transientStates = /^(08|57P|53|40)/;
const transientCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT']);

/** Runs a query; a database that is away or restarting becomes an UnavailableError, everything else stays what it is. */
export async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isTransient(cause)) throw new UnavailableError('Postgres does not answer', { cause });
    throw cause;
  }
}

function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (transientCodes.has(code) || (/^[0-9A-Z]{5}$/.test(code) && transientStates.test(code))) return true;
  return /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error/.test(
    error.message,
  );
}

/** Brings a schema to its newest migration, one process at a time (Kysely locks). */
export async function migrateDatabase<Tables>(
  db: Kysely<Tables>,
  schema: string,
  migrations: Readonly<Record<string, Migration>>,
): Promise<void> {
  await guard(() => createSchema(db, schema));
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    migrationTableSchema: schema,
  });
  const { error } = await guard(() => migrator.migrateToLatest());
  if (error === undefined) return;
  if (isTransient(error)) throw new UnavailableError('Postgres does not answer', { cause: error });
  throw error instanceof Error ? error : new Error('the migration failed', { cause: error });
}

const schemaLock = 7_245_001;

/** Two processes that create the same schema at once would meet a unique violation. */
async function createSchema<Tables>(db: Kysely<Tables>, schema: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${schemaLock})`.execute(transaction);
    // A role that may not create schemas has been given its own: `if not exists` would be refused to it all the same.
    const { rows } = await sql<{
      there: boolean;
    }>`select to_regnamespace(${schema}) is not null as there`.execute(transaction);
    if (rows[0]?.there !== true) await sql`create schema ${sql.id(schema)}`.execute(transaction);
  });
}

/** Holds an advisory lock as long as its connection lives; null while another process has it. */
export async function tryLock<Tables>(db: Kysely<Tables>, key: string): Promise<HeldLock | null> {
  return guard(
    () =>
      new Promise<HeldLock | null>((resolve, reject) => {
        let release: () => void = () => {};
        const released = new Promise<void>((done) => {
          release = done;
        });
        const lost = db
          .connection()
          .execute(async (connection) => {
            const { rows } = await sql<{
              held: boolean;
            }>`select pg_try_advisory_lock(hashtextextended(${key}, 0)) as held`.execute(connection);
            if (rows[0]?.held !== true) {
              resolve(null);
              return;
            }
            const alive = async (): Promise<void> => void (await sql`select 1`.execute(connection));
            resolve({ release: () => (release(), lost), check: () => guard(alive) });
            await released;
            await sql`select pg_advisory_unlock(hashtextextended(${key}, 0))`.execute(connection);
          })
          .catch((error: unknown) => {
            reject(error instanceof Error ? error : new Error('the lock failed', { cause: error }));
          });
      }),
  );
}

export interface HeldLock {
  /** Throws UnavailableError when the connection, and so the lock, is gone. */
  check(): Promise<void>;
  release(): Promise<unknown>;
}
