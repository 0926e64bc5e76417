import { sql } from 'kysely';
import type { MessageRow, MessageRows, RevocationRow } from '../../projections/messages.projection.js';
import { unnestOf } from './columns.js';
import type { Db } from './view-store.js';

/**
 * Writes rows of messages. A message that is there stays as it is. A message whose sender and client message id another
 * one has comes without them, and is in nobody's inbox.
 */
export async function writeMessages(db: Db, { messages, revocations }: MessageRows): Promise<void> {
  if (messages.length > 0) await writeAccepted(db, messages);
  if (revocations.length > 0) await writeRevocations(db, revocations);
}

async function writeAccepted(db: Db, rows: readonly MessageRow[]): Promise<void> {
  const inbox = rows.flatMap(({ position, recipients }) =>
    recipients.map((recipient) => ({ position, recipient })),
  );
  await sql`
    with given as (
      select * from ${unnestOf(
        rows,
        ['text', ({ app }) => app],
        ['text', ({ messageId }) => messageId],
        ['bigint', ({ position }) => position],
        ['text', ({ sender }) => sender],
        ['text', ({ clientMessageId }) => clientMessageId],
        ['smallint', ({ partition }) => partition],
        ['bigint', ({ acceptedAt }) => acceptedAt],
        ['json', ({ item }) => JSON.stringify(item)],
      )}
        as g (app_id, message_id, position, sender, client_message_id, partition, accepted_at, item)
      order by g.position
    ), first as (
      insert into router.message
        (app_id, message_id, position, sender, client_message_id, partition, accepted_at, item)
      select * from given
      on conflict do nothing
      returning app_id, message_id, position, accepted_at
    ), second as (
      insert into router.message
        (app_id, message_id, position, sender, client_message_id, partition, accepted_at, item)
      select g.app_id, g.message_id, g.position, g.sender, null, g.partition, g.accepted_at, g.item
      from given g
      where not exists (select 1 from first f where f.position = g.position)
      on conflict do nothing
    )
    insert into router.inbox (app_id, recipient, position, message_id, accepted_at)
    select f.app_id, i.recipient, f.position, f.message_id, f.accepted_at
    from ${unnestOf(
      inbox,
      ['bigint', ({ position }) => position],
      ['text', ({ recipient }) => recipient],
    )} as i (position, recipient)
    join first f on f.position = i.position
    on conflict do nothing`.execute(db);
}

async function writeRevocations(db: Db, rows: readonly RevocationRow[]): Promise<void> {
  await sql`
    insert into router.revocation (app_id, message_id, revoked_at, position)
    select * from ${unnestOf(
      rows,
      ['text', ({ app }) => app],
      ['text', ({ messageId }) => messageId],
      ['bigint', ({ revokedAt }) => revokedAt],
      ['bigint', ({ position }) => position],
    )}
    on conflict do nothing`.execute(db);
}
