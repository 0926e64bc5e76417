import { isErrorNamed } from '@reveille/contracts/errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, guard, migrateDatabase, openDatabase, tryLock } from './database.js';
import { startTestPostgres, type TestPostgres } from './testing/test-database.js';

interface Tables {
  thing: { id: number; name: string };
}
const migrations = {
  '0001': {
    up: async (db: Database<Tables>['db']) => {
      await db.schema
        .withSchema('things')
        .createTable('thing')
        .addColumn('id', 'bigint')
        .addColumn('name', 'text')
        .execute();
    },
  },
};

describe('a database of its own schema', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startTestPostgres();
  });
  afterAll(() => postgres.stop());

  it('is migrated by several processes at once and read back', async () => {
    const url = await postgres.createDatabase();
    const open = () => openDatabase<Tables>({ url, schema: 'things' });
    const all = [open(), open(), open()];
    await Promise.all(all.map(({ db }) => migrateDatabase(db as never, 'things', migrations as never)));
    const [first] = all as [Database<Tables>];
    await first.db.insertInto('thing').values({ id: 9_007_199_254, name: 'x' }).execute();
    expect(await first.db.selectFrom('thing').selectAll().execute()).toEqual([
      { id: 9_007_199_254, name: 'x' },
    ]);
    await Promise.all(all.map((database) => database.close()));
  });

  it('gives a lock to one, and to the next when it is let go', async () => {
    const url = await postgres.createDatabase();
    const [one, two] = [
      openDatabase<Tables>({ url, schema: 'a' }),
      openDatabase<Tables>({ url, schema: 'a' }),
    ];
    const held = await tryLock(one.db, 'view');
    expect(held).not.toBeNull();
    expect(await tryLock(two.db, 'view')).toBeNull();
    await held?.check();
    await held?.release();
    const next = await tryLock(two.db, 'view');
    expect(next).not.toBeNull();
    await next?.release();
    await Promise.all([one.close(), two.close()]);
  });

  it('says that it is unavailable while Postgres is away', async () => {
    const url = await postgres.createDatabase();
    const database = openDatabase<Tables>({ url, schema: 'a' });
    await database.ping();
    await postgres.server.stop();
    const error = await database.ping().then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(isErrorNamed(error, 'UnavailableError')).toBe(true);
    await expect(guard(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
    await database.close();
  });
});
