import type { Checkpoint as StreamPlace } from '@reveille/bus/project';
import { guard } from '@reveille/chassis/database';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { RouterTables } from './schema.js';

export type Db = Kysely<RouterTables> | Transaction<RouterTables>;

export const views = ['messages', 'deliveries', 'pushes'] as const;
export type ViewName = (typeof views)[number];

/** The view is not where this writer left it: another one has written, or Postgres has lost its last moments. */
export class ViewMovedError extends Error {
  override readonly name = 'ViewMovedError';
}

/** Where each view is in its stream, and writing with it. */
export interface ViewStore {
  /** Null before the first message. */
  place(view: ViewName): Promise<StreamPlace | null>;
  positions(): Promise<ReadonlyMap<ViewName, number>>;
  /**
   * Writes a batch and the place after it in one transaction, if the view is where `before` says. A batch that turns out to
   * be written already is not written again.
   * @throws ViewMovedError when the view is anywhere else.
   */
  write(
    view: ViewName,
    before: StreamPlace | null,
    place: StreamPlace,
    work: (db: Db) => Promise<void>,
  ): Promise<void>;
}

export function createViewStore(db: Kysely<RouterTables>, beforeCommit: () => void): ViewStore {
  return {
    place: (view) => guard(() => placeOf(db, view)),
    positions: () =>
      guard(async () => {
        const { rows } = await sql<{ view: ViewName; position: number }>`
          select view, position from router.projection_position`.execute(db);
        return new Map(rows.map(({ view, position }) => [view, position]));
      }),
    write: (view, before, place, work) =>
      guard(() =>
        db.transaction().execute(async (transaction) => {
          if (!(await move(transaction, view, before, place))) return;
          await work(transaction);
          beforeCommit();
        }),
      ),
  };
}

async function placeOf(db: Db, view: ViewName): Promise<StreamPlace | null> {
  const { rows } = await sql<{ stream_created_at: number; position: number }>`
    select stream_created_at, position from router.projection_position where view = ${view}`.execute(db);
  const [row] = rows;
  return row === undefined ? null : { position: row.position, streamCreatedAt: row.stream_created_at };
}

/** What a crash of Postgres loses of a view is applied again from the log: nobody waits for the disk. A round trip less than `set local`. */
const withoutWaiting = sql`set_config('synchronous_commit', 'off', true)`;

/** True when the view was at `before` and is at `to` now; false when it was there already. */
async function move(db: Db, view: ViewName, before: StreamPlace | null, to: StreamPlace): Promise<boolean> {
  const { numAffectedRows } =
    before === null
      ? await sql`
          insert into router.projection_position (view, stream_created_at, position)
          values (${view}, ${to.streamCreatedAt}, ${to.position}) on conflict do nothing
          returning ${withoutWaiting}`.execute(db)
      : await sql`
          update router.projection_position set position = ${to.position}
          where view = ${view} and position = ${before.position}
            and stream_created_at = ${before.streamCreatedAt}
          returning ${withoutWaiting}`.execute(db);
  if (numAffectedRows === 1n) return true;
  const now = await placeOf(db, view);
  if (now?.position === to.position && now.streamCreatedAt === to.streamCreatedAt) return false;
  throw new ViewMovedError(
    `the view of ${view} is at ${now?.position ?? 0}, not at ${before?.position ?? 0}`,
  );
}
