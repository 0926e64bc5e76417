import { guard } from '@reveille/chassis/database';
import type { InboxItem } from '@reveille/contracts/ask/live';
import type { LocateAnswer, LocateAsk, StandingAsk } from '@reveille/contracts/ask/router';
import type { DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { AppId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import { type Kysely, sql } from 'kysely';
import type { FoundMessage, MessageIdentity, StoredRound } from '../../ports.js';
import { withoutNul } from './columns.js';
import type { RouterTables } from './schema.js';

/** An answer and how far the view was when it was given, both of one moment. */
export interface Seen<T> {
  readonly answer: T;
  readonly position: number;
}

export interface MessageKey {
  readonly app: AppId;
  readonly messageId: MessageId;
}

/** Where the facts of a message are, in the order of each stream. */
export interface MessagePlaces {
  readonly message: number;
  /** In MESSAGES, too. */
  readonly revocations: readonly number[];
  readonly deliveries: readonly number[];
  readonly pushes: readonly number[];
}

type StoredDevice = Pick<DeviceVerdict, 'deviceId' | 'verdict'>;

const seenOf = (view: 'messages' | 'deliveries') =>
  sql`(select coalesce(max(position), 0) from router.projection_position where view = ${view})`;

/** Queries on the views; those for many questions keep their order. */
export class ViewReader {
  constructor(private readonly db: Kysely<RouterTables>) {}

  /** What was settled of each message. */
  settledRounds(keys: readonly MessageKey[]): Promise<Seen<StoredRound[]>[]> {
    return guard(async () => {
      const { rows } = await sql<{
        place: number;
        seen: number;
        chunk: number | null;
        round: number;
        recipient: string;
        verdicts: StoredDevice[];
        settled_at: number;
      }>`
        select a.place, ${seenOf('deliveries')} as seen,
          d.chunk, d.round, d.recipient, d.verdicts, d.settled_at
        from unnest(${keys.map(({ app }) => app)}::text[], ${keys.map(({ messageId }) => messageId)}::text[])
          with ordinality as a (app_id, message_id, place)
        left join router.delivery d on d.app_id = a.app_id and d.message_id = a.message_id
        order by a.place, d.chunk, d.round, d.recipient`.execute(this.db);
      const answers = keys.map((): Seen<MutableRound[]> => ({ answer: [], position: 0 }));
      for (const row of rows) {
        const { place, seen, chunk, round, recipient, verdicts, settled_at: settledAt } = row;
        const found = answers[place - 1];
        if (found === undefined) continue;
        answers[place - 1] = { ...found, position: seen };
        if (chunk === null) continue;
        let stored = found.answer.at(-1);
        if (stored?.chunk !== chunk || stored.round !== round) {
          stored = { chunk, round, settledAt, recipients: [] };
          found.answer.push(stored);
        }
        if (recipient === '') continue;
        const devices = verdicts.map(({ deviceId, verdict }) => ({ deviceId, verdict, facts: null }));
        stored.recipients.push({ user: recipient, devices });
      }
      return answers;
    });
  }

  /** Whether another message came before each of these with the same id or the same client id. */
  earlier(messages: readonly MessageIdentity[]): Promise<Seen<'same-message' | 'same-client-id' | null>[]> {
    return guard(async () => {
      const { rows } = await sql<{ seen: number; same_id: boolean; same_client_id: boolean }>`
        select ${seenOf('messages')} as seen,
          coalesce(m.position < a.position, false) as same_id,
          coalesce(c.position < a.position, false) as same_client_id
        from unnest(
          ${messages.map(({ app }) => app)}::text[], ${messages.map(({ messageId }) => messageId)}::text[],
          ${messages.map(({ sender }) => sender)}::text[],
          ${messages.map(({ clientMessageId }) => clientMessageId)}::text[],
          ${messages.map(({ position }) => position)}::bigint[])
          with ordinality as a (app_id, message_id, sender, client_message_id, position, place)
        left join router.message m on m.app_id = a.app_id and m.message_id = a.message_id
        left join router.message c on c.app_id = a.app_id and c.sender = a.sender
          and c.client_message_id = a.client_message_id
        order by a.place`.execute(this.db);
      return rows.map(({ seen: position, same_id, same_client_id }) => ({
        position,
        answer: same_id ? 'same-message' : same_client_id ? 'same-client-id' : null,
      }));
    });
  }

  revoked(keys: readonly MessageKey[]): Promise<boolean[]> {
    return guard(async () => {
      const { rows } = await sql<{ revoked: boolean }>`
        select r.message_id is not null as revoked
        from unnest(${keys.map(({ app }) => app)}::text[], ${keys.map(({ messageId }) => messageId)}::text[])
          with ordinality as a (app_id, message_id, place)
        left join router.revocation r on r.app_id = a.app_id and r.message_id = a.message_id
        order by a.place`.execute(this.db);
      return rows.map(({ revoked }) => revoked);
    });
  }

  find(
    questions: readonly { readonly app: AppId; readonly sender: UserId; readonly clientMessageId: string }[],
  ): Promise<Seen<FoundMessage | null>[]> {
    return guard(async () => {
      const { rows } = await sql<{ seen: number; message_id: string | null; accepted_at: number }>`
        select ${seenOf('messages')} as seen, m.message_id, m.accepted_at
        from unnest(
          ${questions.map(({ app }) => app)}::text[], ${questions.map(({ sender }) => sender)}::text[],
          ${questions.map(({ clientMessageId }) => clientMessageId)}::text[])
          with ordinality as a (app_id, sender, client_message_id, place)
        left join router.message m on m.app_id = a.app_id and m.sender = a.sender
          and m.client_message_id = a.client_message_id
        order by a.place`.execute(this.db);
      return rows.map(({ seen: position, message_id: messageId, accepted_at: acceptedAt }) => ({
        position,
        answer: messageId === null ? null : { messageId, acceptedAt },
      }));
    });
  }

  /**
   * At most `limit` items of at most `bytes` together, but at least one; `more` says whether that is not all. Revoked messages and
   * those that were accepted before `since` are left out.
   */
  inbox(
    app: AppId,
    user: UserId,
    page: { readonly after: number; readonly since: Instant; readonly limit: number; readonly bytes: number },
  ): Promise<{ items: InboxItem[]; more: boolean }> {
    return guard(async () => {
      // Weighed here, so that a page of the largest messages never leaves Postgres.
      const { rows } = await sql<{
        message_id: string;
        position: number;
        accepted_at: number;
        sender: string;
        item: Pick<InboxItem, 'content' | 'priority'>;
        found: number;
      }>`
        with found as (
          select i.message_id, i.position, i.accepted_at, m.sender, m.item,
            count(*) over () as found,
            row_number() over by_position as place,
            sum(octet_length(m.item::text)) over by_position as bytes
          from (
            select i.app_id, i.message_id, i.position, i.accepted_at
            from router.inbox i
            left join router.revocation r on r.app_id = i.app_id and r.message_id = i.message_id
            where i.app_id = ${app} and i.recipient = ${user} and i.position > ${page.after}
              and i.accepted_at >= ${page.since} and r.message_id is null
            order by i.position limit ${page.limit + 1}
          ) i
          join router.message m on m.app_id = i.app_id and m.message_id = i.message_id
          window by_position as (order by i.position)
        )
        select message_id, position, accepted_at, sender, item, found from found
        where place <= ${page.limit} and (place = 1 or bytes <= ${page.bytes})
        order by position`.execute(this.db);
      const items = rows.map(
        ({ message_id: messageId, position, accepted_at: acceptedAt, sender, item }) => ({
          messageId,
          position,
          sender,
          recipient: user,
          content: item.content,
          priority: item.priority,
          acceptedAt,
        }),
      );
      return { items, more: (rows[0]?.found ?? 0) > items.length };
    });
  }

  /** Where a message is in MESSAGES; null for one that the view does not have. */
  positionOf({ app, messageId }: MessageKey): Promise<number | null> {
    return guard(async () => {
      const { rows } = await sql<{ position: number }>`
        select position from router.message
        where app_id = ${app} and message_id = ${messageId}`.execute(this.db);
      return rows[0]?.position ?? null;
    });
  }

  /** Null for a message that the view does not have. */
  places({ app, messageId }: MessageKey): Promise<MessagePlaces | null> {
    return guard(async () => {
      const { rows } = await sql<{
        stream: 'message' | 'revocation' | 'delivery' | 'push';
        position: number;
      }>`
        select 'message' as stream, position from router.message
          where app_id = ${app} and message_id = ${messageId}
        union select 'revocation', position from router.revocation
          where app_id = ${app} and message_id = ${messageId}
        union select 'delivery', position from router.delivery
          where app_id = ${app} and message_id = ${messageId}
        union select 'delivery', position from router.late_acknowledgement
          where app_id = ${app} and message_id = ${messageId}
        union select 'push', position from router.push_attempt
          where app_id = ${app} and message_id = ${messageId}
        union select 'push', position from router.push_receipt
          where app_id = ${app} and message_id = ${messageId}
        order by position`.execute(this.db);
      const of = (name: (typeof rows)[number]['stream']) =>
        rows.filter(({ stream }) => stream === name).map(({ position }) => position);
      const [message] = of('message');
      const revocations = of('revocation');
      return message === undefined
        ? null
        : { message, revocations, deliveries: of('delivery'), pushes: of('push') };
    });
  }

  standing(pushes: StandingAsk['pushes']): Promise<('acknowledged' | 'revoked' | null)[]> {
    return guard(async () => {
      const { rows } = await sql<{ closed: 'acknowledged' | 'revoked' | null }>`
        select case when l.message_id is not null then 'acknowledged'
          when r.message_id is not null then 'revoked' end as closed
        from unnest(
          ${pushes.map(({ app }) => app)}::text[], ${pushes.map(({ messageId }) => messageId)}::text[],
          ${pushes.map(({ deviceId }) => deviceId)}::text[])
          with ordinality as a (app_id, message_id, device_id, place)
        left join router.late_acknowledgement l on l.app_id = a.app_id and l.message_id = a.message_id
          and l.device_id = a.device_id
        left join router.revocation r on r.app_id = a.app_id and r.message_id = a.message_id
        order by a.place`.execute(this.db);
      return rows.map(({ closed }) => closed);
    });
  }

  /**
   * The message of each push, when the push to that user's device was decided, and whether this receipt of it is kept; null for
   * one that the views do not have.
   */
  locate(pushes: LocateAsk['pushes']): Promise<LocateAnswer['places']> {
    return guard(async () => {
      const { rows } = await sql<{
        place: number;
        message_id: string | null;
        partition: number;
        verdicts: StoredDevice[] | null;
        settled_at: number;
        is_kept: boolean;
      }>`
        select distinct on (a.place) a.place, m.message_id, m.partition, d.verdicts, d.settled_at,
          r.position is not null as is_kept
        from unnest(
          ${pushes.map(({ app }) => app)}::text[], ${pushes.map(({ messageId }) => messageId)}::text[],
          ${pushes.map(({ vendor }) => vendor)}::text[], ${pushes.map(({ vendorId }) => (vendorId === null ? null : withoutNul(vendorId)))}::text[],
          ${pushes.map(({ user }) => user)}::text[],
          ${pushes.map(({ said }) => (said === null ? null : (said.tokenRef ?? '')))}::text[],
          ${pushes.map(({ said }) => said?.status ?? null)}::text[],
          ${pushes.map(({ said }) => (said === null ? null : withoutNul(said.vendorCode)))}::text[])
          with ordinality as a (app_id, message_id, vendor, vendor_id, recipient, token_ref, status, vendor_code, place)
        left join router.push_vendor_id v on a.message_id is null and v.app_id = a.app_id
          and v.vendor = a.vendor and v.vendor_id = a.vendor_id
        left join router.message m on m.app_id = a.app_id
          and m.message_id = coalesce(a.message_id, v.message_id)
        left join router.delivery d on d.app_id = m.app_id and d.message_id = m.message_id
          and d.recipient = a.recipient
        left join router.push_receipt r on r.app_id = m.app_id and r.message_id = m.message_id
          and r.vendor = a.vendor and r.token_ref = a.token_ref and r.status = a.status
          and r.vendor_code = a.vendor_code
        order by a.place, d.position`.execute(this.db);
      return rows.map(
        ({ place, message_id: messageId, partition, verdicts, settled_at, is_kept: isKept }) => {
          if (messageId === null) return null;
          const deviceId = pushes[place - 1]?.deviceId;
          const isPushed = verdicts?.some((one) => one.deviceId === deviceId && one.verdict.kind === 'push');
          return { messageId, partition, settledAt: isPushed === true ? settled_at : null, isKept };
        },
      );
    });
  }

  /** The verdict on each device, null inside for one that has none; null while its user is not settled. */
  verdictsOf(devices: StandingAsk['pushes']): Promise<(KnownVerdict | null)[]> {
    return guard(async () => {
      const { rows } = await sql<{ place: number; partition: number | null; verdicts: StoredDevice[] }>`
        select distinct on (a.place) a.place, d.partition, d.verdicts
        from unnest(${devices.map(({ app }) => app)}::text[], ${devices.map(({ messageId }) => messageId)}::text[],
          ${devices.map(({ user }) => user)}::text[])
          with ordinality as a (app_id, message_id, recipient, place)
        left join router.delivery d on d.app_id = a.app_id and d.message_id = a.message_id
          and d.recipient = a.recipient
        order by a.place, d.position`.execute(this.db);
      return rows.map(({ place, partition, verdicts }) => {
        if (partition === null) return null;
        const device = verdicts.find(({ deviceId }) => deviceId === devices[place - 1]?.deviceId);
        return { verdict: device?.verdict ?? null, partition };
      });
    });
  }
}

interface KnownVerdict {
  readonly verdict: DeviceVerdict['verdict'] | null;
  readonly partition: number;
}

interface MutableRound extends StoredRound {
  readonly recipients: StoredRound['recipients'];
}
