import { sql } from 'kysely';
import type { DeliveryRow, DeliveryRows, LateRow } from '../../projections/deliveries.projection.js';
import { column } from './columns.js';
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
    from unnest(
      ${column(
        rows.map(({ app }) => app),
        'text',
      )}, ${column(
        rows.map(({ messageId }) => messageId),
        'text',
      )},
      ${column(
        rows.map(({ chunk }) => chunk),
        'integer',
      )}, ${column(
        rows.map(({ round }) => round),
        'smallint',
      )},
      ${column(
        rows.map(({ recipient }) => recipient),
        'text',
      )}, ${column(
        rows.map(({ partition }) => partition),
        'smallint',
      )},
      ${column(
        rows.map(({ verdicts }) => JSON.stringify(verdicts)),
        'json',
      )},
      ${column(
        rows.map(({ settledAt }) => settledAt),
        'bigint',
      )}, ${column(
        rows.map(({ position }) => position),
        'bigint',
      )})
      as d (app_id, message_id, chunk, round, recipient, partition, verdicts, settled_at, position)
    on conflict do nothing`.execute(db);
}

async function writeLate(db: Db, rows: readonly LateRow[]): Promise<void> {
  await sql`
    insert into router.late_acknowledgement
      (app_id, message_id, device_id, recipient, acknowledged_at, position)
    select * from unnest(
      ${column(
        rows.map(({ app }) => app),
        'text',
      )}, ${column(
        rows.map(({ messageId }) => messageId),
        'text',
      )},
      ${column(
        rows.map(({ deviceId }) => deviceId),
        'text',
      )}, ${column(
        rows.map(({ recipient }) => recipient),
        'text',
      )},
      ${column(
        rows.map(({ acknowledgedAt }) => acknowledgedAt),
        'bigint',
      )},
      ${column(
        rows.map(({ position }) => position),
        'bigint',
      )})
    on conflict do nothing`.execute(db);
}
