import { sql } from 'kysely';
import type { PushRow } from '../../projections/pushes.projection.js';
import { column } from './columns.js';
import type { Db } from './view-store.js';

/** Writes where the facts of pushes are; what is there stays as it is. */
export async function writePushes(db: Db, rows: readonly PushRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into router.push_attempt (app_id, message_id, position, event, job_id, vendor, attempt, at)
    select * from unnest(
      ${column(
        rows.map(({ app }) => app),
        'text',
      )}, ${column(
        rows.map(({ messageId }) => messageId),
        'text',
      )},
      ${column(
        rows.map(({ position }) => position),
        'bigint',
      )}, ${column(
        rows.map(({ event }) => event),
        'text',
      )},
      ${column(
        rows.map(({ jobId }) => jobId),
        'text',
      )}, ${column(
        rows.map(({ vendor }) => vendor),
        'text',
      )},
      ${column(
        rows.map(({ attempt }) => attempt),
        'integer',
      )}, ${column(
        rows.map(({ at }) => at),
        'bigint',
      )})
    on conflict do nothing`.execute(db);
}
