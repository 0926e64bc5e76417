import { sql } from 'kysely';
import type { PushRow, PushRows, ReceiptRow, VendorIdRow } from '../../projections/pushes.projection.js';
import { unnestOf, withoutNul } from './columns.js';
import type { Db } from './view-store.js';

/** Writes where the facts of pushes are; what is there stays as it is. */
export async function writePushes(db: Db, { pushes, receipts, vendorIds }: PushRows): Promise<void> {
  if (pushes.length > 0) await writeFacts(db, pushes);
  if (receipts.length > 0) await writeReceipts(db, receipts);
  if (vendorIds.length > 0) await writeVendorIds(db, vendorIds);
}

async function writeFacts(db: Db, rows: readonly PushRow[]): Promise<void> {
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

/** A vendor's words may hold anything, so they come as arrays. */
async function writeReceipts(db: Db, rows: readonly ReceiptRow[]): Promise<void> {
  await sql`
    insert into router.push_receipt (app_id, message_id, vendor, token_ref, status, vendor_code, position, at)
    select * from unnest(
      ${rows.map(({ app }) => app)}::text[], ${rows.map(({ messageId }) => messageId)}::text[],
      ${rows.map(({ vendor }) => vendor)}::text[], ${rows.map(({ tokenRef }) => tokenRef)}::text[],
      ${rows.map(({ status }) => status)}::text[], ${rows.map(({ vendorCode }) => withoutNul(vendorCode))}::text[],
      ${rows.map(({ position }) => position)}::bigint[], ${rows.map(({ at }) => at)}::bigint[])
    on conflict do nothing`.execute(db);
}

async function writeVendorIds(db: Db, rows: readonly VendorIdRow[]): Promise<void> {
  await sql`
    insert into router.push_vendor_id (app_id, vendor, vendor_id, message_id, at)
    select * from unnest(
      ${rows.map(({ app }) => app)}::text[], ${rows.map(({ vendor }) => vendor)}::text[],
      ${rows.map(({ vendorId }) => withoutNul(vendorId))}::text[], ${rows.map(({ messageId }) => messageId)}::text[],
      ${rows.map(({ at }) => at)}::bigint[])
    on conflict do nothing`.execute(db);
}
