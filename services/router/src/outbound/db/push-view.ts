import { sql } from 'kysely';
import type { PushRow } from '../../projections/pushes.projection.js';
import { unnestOf } from './columns.js';
import type { Db } from './view-store.js';

/** Writes where the facts of pushes are; what is there stays as it is. */
export async function writePushes(db: Db, rows: readonly PushRow[]): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into router.push_attempt (app_id, message_id, position, event, job_id, vendor, attempt, at)
    select * from ${unnestOf(
      rows,
      ['text', ({ app }) => app],
      ['text', ({ messageId }) => messageId],
      ['bigint', ({ position }) => position],
      ['text', ({ event }) => event],
      ['text', ({ jobId }) => jobId],
      ['text', ({ vendor }) => vendor],
      ['integer', ({ attempt }) => attempt],
      ['bigint', ({ at }) => at],
    )}
    on conflict do nothing`.execute(db);
}
