import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Devices, bindings, the vault of sealed tokens, and how far the directory has come. */
export const directory: Migration = {
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await sql.raw(statement).execute(db);
  },
};

/** Ids are compared by their bytes: that is cheaper than any language's order. */
const statements = [
  `create table presence.device (
    app_id text collate "C" not null,
    device_id text collate "C" not null,
    platform text not null,
    user_id text collate "C",
    last_user_id text collate "C",
    push_id text,
    device_secret_hash text,
    position bigint not null,
    primary key (app_id, device_id)
  )`,
  'create index device_by_last_user on presence.device (app_id, last_user_id)',
  `create table presence.binding (
    app_id text collate "C" not null,
    device_id text collate "C" not null,
    kind text not null,
    vendor text not null,
    environment text not null,
    token_ref text collate "C" not null,
    bundle text,
    bound_at bigint not null,
    position bigint not null,
    state text not null,
    taken_by text,
    primary key (app_id, device_id, kind)
  )`,
  'create index binding_by_token on presence.binding (app_id, token_ref)',
  'create index binding_taken on presence.binding (position) where taken_by is not null',
  `create table presence.push_token_vault (
    app_id text collate "C" not null,
    device_id text collate "C" not null,
    token_ref text collate "C" not null,
    sealed_token text not null,
    key_id text not null,
    registered_at bigint not null,
    primary key (app_id, device_id, token_ref)
  )`,
  `create table presence.projection_position (
    projection text primary key,
    stream_created_at bigint not null,
    position bigint not null
  )`,
  // A function keeps its plan; the query's own planning would cost more than its work.
  `create function presence.devices_of_users(apps text[], users text[])
  returns table (place bigint, device_id text, platform text, user_id text, kind text, vendor text,
    environment text, token_ref text, bundle text, bound_at bigint, state text, taken_by text, sealed_token text)
  language plpgsql stable as $body$
  #variable_conflict use_column
  begin
    return query
      select u.place, d.device_id, d.platform, d.user_id, b.kind, b.vendor, b.environment, b.token_ref, b.bundle,
        b.bound_at, b.state, b.taken_by, v.sealed_token
      from unnest(apps, users) with ordinality as u (app_id, user_id, place)
      join presence.device d on d.app_id = u.app_id and d.last_user_id = u.user_id
      left join presence.binding b on b.app_id = d.app_id and b.device_id = d.device_id
      left join presence.push_token_vault v on b.state = 'live' and v.app_id = b.app_id
        and v.device_id = b.device_id and v.token_ref = b.token_ref
      order by u.place, d.position desc;
  end
  $body$`,
];
