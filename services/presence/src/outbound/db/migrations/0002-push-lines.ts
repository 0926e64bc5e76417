import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Since when a token is dead, which lines are suspected, and what vendors said of tokens lately. */
export const pushLines: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

const statements = [
  'alter table presence.binding add column dead_at bigint',
  // They died at some time before; from here on they are kept as long as one that dies now.
  `update presence.binding set dead_at = (extract(epoch from now()) * 1000)::bigint where state = 'dead'`,
  `create index binding_dead on presence.binding (app_id, vendor, dead_at) where state = 'dead'`,
  `create table presence.push_line (
    app_id text collate "C" not null,
    vendor text not null,
    since_at bigint not null,
    suspected_at bigint not null,
    condemned integer not null,
    heard integer not null,
    within_ms integer not null,
    primary key (app_id, vendor)
  )`,
  `create table presence.token_word (
    app_id text collate "C" not null,
    vendor text not null,
    position bigint not null,
    token_ref text collate "C" not null,
    said_at bigint not null,
    heard integer not null,
    is_listed boolean not null,
    primary key (app_id, vendor, position, token_ref)
  )`,
  'create index token_word_by_age on presence.token_word (app_id, vendor, said_at)',
];
