import { sql } from 'kysely';
import type { PushRow } from '../../projections/pushes.projection.js';
import type { Db } from './view-store.js';

/** Writes where the facts of pushes are; what is there stays as it is. */
export async function writePushes(db: Db, rows: readonly PushRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into router.push_attempt (app_id, message_id, position, event, job_id, vendor, attempt, at)
    select * from unnest(
      ${rows.map(({ app }) => app)}::text[], ${rows.map(({ messageId }) => messageId)}::text[],
      ${rows.map(({ position }) => position)}::bigint[], ${rows.map(({ event }) => event)}::text[],
      ${rows.map(({ jobId }) => jobId)}::text[], ${rows.map(({ vendor }) => vendor)}::text[],
      ${rows.map(({ attempt }) => attempt)}::integer[], ${rows.map(({ at }) => at)}::bigint[])
    on conflict do nothing`.execute(db);
}
