import { guard } from '@reveille/chassis/database';
import type { Instant } from '@reveille/contracts/ids';
import { type Kysely, sql } from 'kysely';
import type { RouterTables } from './schema.js';

const day = 86_400_000;
/** An inbox is kept for seven days, everything else as long as its stream. */
export const inboxDays = 7;
const logDays = 30;

/** Forgets rows that are older than what they stand for. */
export async function sweepViews(db: Kysely<RouterTables>, now: Instant): Promise<void> {
  const inboxFrom = now - inboxDays * day;
  const logFrom = now - logDays * day;
  await guard(async () => {
    await sql`delete from router.inbox where accepted_at < ${inboxFrom}`.execute(db);
    await sql`delete from router.message where accepted_at < ${logFrom}`.execute(db);
    await sql`delete from router.delivery where settled_at < ${logFrom}`.execute(db);
    await sql`delete from router.push_attempt where at < ${logFrom}`.execute(db);
    await sql`delete from router.push_receipt where at < ${logFrom}`.execute(db);
    await sql`delete from router.push_vendor_id where at < ${logFrom}`.execute(db);
    await sql`delete from router.revocation where revoked_at < ${logFrom}`.execute(db);
    await sql`delete from router.late_acknowledgement where acknowledged_at < ${logFrom}`.execute(db);
  });
}
