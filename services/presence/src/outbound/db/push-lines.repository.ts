import { guard } from '@reveille/chassis/database';
import type { Instant } from '@reveille/contracts/ids';
import { type Kysely, sql } from 'kysely';
import type { DeadToken, PushLineAddress, SaidOfTokens, SuspectedLine } from '../../ports.js';
import type { PresenceTables, PushLineRow } from './schema.js';

/** What is kept of the words about a line's tokens since some moment. */
export interface KeptWords {
  readonly condemned: number;
  readonly words: number;
  /** Of how many pushes their own events say something final. */
  readonly heard: number;
  /** Those among them that came in a list of dead tokens. */
  readonly listed: number;
}

export interface PushLinesRepository {
  /** Keeps the words about tokens that live: of one that is dead already, or that nobody has, nothing new is said. */
  keepWords(said: SaidOfTokens): Promise<void>;
  wordsSince(line: PushLineAddress, sinceAt: Instant): Promise<KeptWords>;
  forgetWords(before: Instant): Promise<void>;
  /** Every line that is suspected, longest first. */
  suspected(): Promise<readonly SuspectedLine[]>;
  /** Tokens that died since then and are in the vault, up to `limit`. */
  dead(line: PushLineAddress, sinceAt: Instant, limit: number): Promise<readonly DeadToken[]>;
  /** How many died since then and are not in the vault any more. */
  lost(line: PushLineAddress, sinceAt: Instant): Promise<number>;
  /** How many tokens of the line live. */
  live(line: PushLineAddress): Promise<number>;
}

const vaultRow = sql`
  select from presence.push_token_vault v
  where v.app_id = b.app_id and v.device_id = b.device_id and v.token_ref = b.token_ref`;

/** What vendors said of tokens lately, and the tokens that died of it. */
export function createPushLinesRepository(db: Kysely<PresenceTables>): PushLinesRepository {
  const diedSince = ({ app, vendor }: PushLineAddress, sinceAt: Instant) => sql`
    b.app_id = ${app} and b.vendor = ${vendor} and b.state = 'dead' and b.dead_at >= ${sinceAt}`;
  const countOf = async (where: ReturnType<typeof diedSince>): Promise<number> => {
    const { rows } = await sql<{ count: number }>`
      select count(*)::integer as count from presence.binding b where ${where}`.execute(db);
    return rows[0]?.count ?? 0;
  };
  return {
    keepWords: (said) => guard(() => keepWords(db, said)),
    wordsSince: ({ app, vendor }, sinceAt) =>
      guard(async () => {
        const { rows } = await sql<KeptWords>`
          select count(distinct token_ref)::integer as condemned, count(*)::integer as words,
            coalesce(sum(heard), 0)::integer as heard, (count(*) filter (where is_listed))::integer as listed
          from presence.token_word
          where app_id = ${app} and vendor = ${vendor} and said_at >= ${sinceAt}`.execute(db);
        return rows[0] ?? { condemned: 0, words: 0, heard: 0, listed: 0 };
      }),
    forgetWords: (before) =>
      guard(async () => {
        await sql`delete from presence.token_word where said_at < ${before}`.execute(db);
      }),
    suspected: () =>
      guard(async () => {
        const { rows } = await sql<PushLineRow>`
          select * from presence.push_line order by suspected_at, app_id, vendor`.execute(db);
        return rows.map(({ app_id: app, vendor, condemned, heard, ...row }) => ({
          app,
          vendor,
          sinceAt: row.since_at,
          suspectedAt: row.suspected_at,
          condemned,
          heard,
          withinMs: row.within_ms,
        }));
      }),
    dead: (line, sinceAt, limit) =>
      guard(async () => {
        const { rows } = await sql<{ device_id: string; token_ref: string }>`
          select b.device_id, b.token_ref from presence.binding b
          where ${diedSince(line, sinceAt)} and exists (${vaultRow})
          order by b.dead_at limit ${limit}`.execute(db);
        return rows.map(({ device_id: deviceId, token_ref: tokenRef }) => ({ deviceId, tokenRef }));
      }),
    lost: (line, sinceAt) =>
      guard(() => countOf(sql`${diedSince(line, sinceAt)} and not exists (${vaultRow})`)),
    live: ({ app, vendor }) =>
      guard(() => countOf(sql`b.app_id = ${app} and b.vendor = ${vendor} and b.state = 'live'`)),
  };
}

async function keepWords(
  db: Kysely<PresenceTables>,
  { app, vendor, position, saidAt, heard, source, words }: SaidOfTokens,
): Promise<void> {
  await sql`
    insert into presence.token_word (app_id, vendor, position, token_ref, said_at, heard, is_listed)
    select ${app}, ${vendor}, ${position}::bigint, w.token_ref, ${saidAt}::bigint,
      case when row_number() over (order by w.token_ref) = 1 then ${heard}::integer else 0 end,
      ${source === 'list'}::boolean
    from (
      select distinct b.token_ref
      from unnest(${words.map(({ deviceId }) => deviceId)}::text[], ${words.map(({ tokenRef }) => tokenRef)}::text[])
        as n (device_id, token_ref)
      join presence.binding b on b.app_id = ${app} and b.device_id = n.device_id and b.token_ref = n.token_ref
        and b.vendor = ${vendor} and b.state = 'live'
    ) w
    on conflict do nothing`.execute(db);
}
