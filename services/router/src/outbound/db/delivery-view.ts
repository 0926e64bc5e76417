import { sql } from 'kysely';
import type { DeliveryRow, DeliveryRows, LateRow } from '../../projections/deliveries.projection.js';
import { unnestOf } from './columns.js';
import type { Db } from './view-store.js';

/** Writes rows of deliveries: what is there stays as it is, since the lowest position is the verdict. */
export async function writeDeliveries(db: Db, { deliveries, late }: DeliveryRows): Promise<void> {
  if (deliveries.length > 0) await writeVerdicts(db, deliveries);
  if (late.length > 0) await writeLate(db, late);
}

async function writeVerdicts(db: Db, rows: readonly DeliveryRow[]): Promise<void> {
  await sql`
    insert into router.delivery
      (app_id, message_id, chunk, round, recipient, partition, verdicts, settled_at, position)
    select app_id, message_id, chunk, round, coalesce(recipient, ''), partition, verdicts, settled_at, position
    from ${unnestOf(
      rows,
      ['text', ({ app }) => app],
      ['text', ({ messageId }) => messageId],
      ['integer', ({ chunk }) => chunk],
      ['smallint', ({ round }) => round],
      ['text', ({ recipient }) => recipient],
      ['smallint', ({ partition }) => partition],
      ['json', ({ verdicts }) => JSON.stringify(verdicts)],
      ['bigint', ({ settledAt }) => settledAt],
      ['bigint', ({ position }) => position],
    )}
      as d (app_id, message_id, chunk, round, recipient, partition, verdicts, settled_at, position)
    on conflict do nothing`.execute(db);
}

async function writeLate(db: Db, rows: readonly LateRow[]): Promise<void> {
  await sql`
    insert into router.late_acknowledgement
      (app_id, message_id, device_id, recipient, acknowledged_at, position)
    select * from ${unnestOf(
      rows,
      ['text', ({ app }) => app],
      ['text', ({ messageId }) => messageId],
      ['text', ({ deviceId }) => deviceId],
      ['text', ({ recipient }) => recipient],
      ['bigint', ({ acknowledgedAt }) => acknowledgedAt],
      ['bigint', ({ position }) => position],
    )}
    on conflict do nothing`.execute(db);
}
