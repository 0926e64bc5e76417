import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Ids are compared by their bytes: that is cheaper than any language's order. */
const statements = [
  `create table router.message (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    position bigint not null,
    sender text collate "C" not null,
    client_message_id text collate "C",
    partition smallint not null,
    accepted_at bigint not null,
    item json not null,
    primary key (app_id, message_id)
  )`,
  `create unique index message_by_client_id on router.message (app_id, sender, client_message_id)
    where client_message_id is not null`,
  'create index message_by_age on router.message using brin (accepted_at)',
  `create table router.inbox (
    app_id text collate "C" not null,
    recipient text collate "C" not null,
    position bigint not null,
    message_id text collate "C" not null,
    accepted_at bigint not null,
    primary key (app_id, recipient, position)
  )`,
  'create index inbox_by_age on router.inbox using brin (accepted_at)',
  `create table router.revocation (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    revoked_at bigint not null,
    position bigint not null,
    primary key (app_id, message_id)
  )`,
  `create table router.delivery (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    chunk integer not null,
    round smallint not null,
    recipient text collate "C" not null,
    partition smallint not null,
    verdicts json not null,
    settled_at bigint not null,
    position bigint not null,
    primary key (app_id, message_id, chunk, round, recipient)
  )`,
  'create index delivery_by_age on router.delivery using brin (settled_at)',
  `create table router.late_acknowledgement (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    device_id text collate "C" not null,
    recipient text collate "C" not null,
    acknowledged_at bigint not null,
    position bigint not null,
    primary key (app_id, message_id, device_id)
  )`,
  `create table router.push_attempt (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    position bigint not null,
    event text not null,
    job_id text collate "C" not null,
    vendor text not null,
    attempt integer not null,
    at bigint not null,
    primary key (app_id, message_id, position)
  )`,
  'create index push_attempt_by_age on router.push_attempt using brin (at)',
  `create table router.projection_position (
    view text primary key,
    stream_created_at bigint not null,
    position bigint not null
  )`,
];

const receipts = [
  `create table router.push_receipt (
    app_id text collate "C" not null,
    message_id text collate "C" not null,
    vendor text not null,
    token_ref text collate "C" not null,
    status text not null,
    vendor_code text collate "C" not null,
    position bigint not null,
    at bigint not null,
    primary key (app_id, message_id, vendor, token_ref, status, vendor_code)
  )`,
  'create index push_receipt_by_age on router.push_receipt using brin (at)',
  `create table router.push_vendor_id (
    app_id text collate "C" not null,
    vendor text not null,
    vendor_id text collate "C" not null,
    message_id text collate "C" not null,
    at bigint not null,
    primary key (app_id, vendor, vendor_id)
  )`,
  'create index push_vendor_id_by_age on router.push_vendor_id using brin (at)',
];

/** Forwards only; a migration that has run is never edited. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-views': {
    async up(db: Kysely<unknown>) {
      for (const statement of statements) await sql.raw(statement).execute(db);
    },
  },
  '0002-receipts': {
    async up(db: Kysely<unknown>) {
      for (const statement of receipts) await sql.raw(statement).execute(db);
    },
  },
};
