import type { Checkpoint as StreamPlace } from '@reveille/bus/project';
import { guard } from '@reveille/chassis/database';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { DeviceKey, DirectoryEvent, DirectoryRow, PushLineChange, TakenToken } from '../../ports.js';
import { devicesOf, rowsOf } from './device-rows.js';
import { type BindingRow, type DeviceRow, directoryProjection, type PresenceTables } from './schema.js';

type Db = Kysely<PresenceTables> | Transaction<PresenceTables>;

/** Makes the directory's next rows out of events and the rows that they touch. */
export type ProjectDevices = (
  events: readonly DirectoryEvent[],
  known: readonly DirectoryRow[],
) => { readonly rows: readonly DirectoryRow[]; readonly taken: readonly TakenToken[] };

/** What is read of DEVICES in one go: events of devices, and of push lines. */
export interface DirectoryBatch {
  readonly events: readonly DirectoryEvent[];
  readonly lines: readonly PushLineChange[];
}

/** The directory on its shelf: rows and position change in one transaction. */
export interface DeviceDirectoryRepository {
  /** Null before the first event. */
  place(): Promise<StreamPlace | null>;
  /**
   * Applies a batch and says which tokens went to newer bindings. Nothing happens if it was applied already, the same
   * transaction's lost answer included. Throws when an event between the kept position and `after` is missing.
   */
  apply(batch: DirectoryBatch, after: number, place: StreamPlace): Promise<readonly TakenToken[]>;
  rowOf(key: DeviceKey): Promise<DirectoryRow | null>;
  /** Tokens that were taken and whose devices' histories do not say so yet, up to a hundred. */
  taken(): Promise<TakenToken[]>;
  /** Forgets everything but the vault: the directory is then made anew from DEVICES. */
  clear(): Promise<void>;
}

export function createDeviceDirectoryRepository(
  db: Kysely<PresenceTables>,
  project: ProjectDevices,
  /** Called inside the transaction, when everything of a batch is written and nothing is committed. */
  beforeCommit: () => void = () => undefined,
): DeviceDirectoryRepository {
  return {
    place: () => guard(() => placeOf(db, false)),
    apply: ({ events, lines }, after, place) =>
      guard(() =>
        db.transaction().execute(async (transaction) => {
          const kept = await placeOf(transaction, true);
          const position = kept?.position ?? 0;
          if (position >= place.position) return [];
          if (position < after)
            throw new Error(`the directory is at ${position}, the batch follows ${after}`);
          const fresh = events.filter((event) => event.position > position);
          const { rows, taken } = project(fresh, await touchedBy(transaction, fresh));
          await save(transaction, rows);
          for (const line of lines) if (line.position > position) await saveLine(transaction, line);
          await keepPlace(transaction, place);
          beforeCommit();
          return taken;
        }),
      ),
    rowOf: ({ app, deviceId }) => guard(async () => (await load(db, [app], [deviceId]))[0] ?? null),
    taken: () =>
      guard(async () => {
        const { rows } = await sql<BindingRow>`
          select * from presence.binding where taken_by is not null order by position limit 100`.execute(db);
        return rows.map((row) => ({
          app: row.app_id,
          deviceId: row.device_id,
          kind: row.kind,
          lostPosition: row.position,
          toDeviceId: row.taken_by ?? '',
        }));
      }),
    clear: () =>
      guard(async () => {
        await sql`truncate presence.device, presence.binding, presence.push_line, presence.projection_position`.execute(
          db,
        );
      }),
  };
}

async function placeOf(db: Db, isForUpdate: boolean): Promise<StreamPlace | null> {
  const { rows } = await sql<{ position: number; stream_created_at: number }>`
    select position, stream_created_at from presence.projection_position
    where projection = ${directoryProjection} ${isForUpdate ? sql`for update` : sql``}`.execute(db);
  const [row] = rows;
  return row === undefined ? null : { position: row.position, streamCreatedAt: row.stream_created_at };
}

async function keepPlace(db: Db, { position, streamCreatedAt }: StreamPlace): Promise<void> {
  await sql`
    insert into presence.projection_position (projection, stream_created_at, position)
    values (${directoryProjection}, ${streamCreatedAt}, ${position})
    on conflict (projection) do update
    set stream_created_at = excluded.stream_created_at, position = excluded.position`.execute(db);
}

/** The devices that events name and those that have a token which an event binds. */
async function touchedBy(db: Db, events: readonly DirectoryEvent[]): Promise<DirectoryRow[]> {
  const bound = events.flatMap(({ app, event }) =>
    event.type === 'push-token-bound' || event.type === 'push-token-restored'
      ? [{ app, tokenRef: event.data.tokenRef }]
      : [],
  );
  const { rows: holders } = await sql<{ app_id: string; device_id: string }>`
    select distinct b.app_id, b.device_id
    from unnest(${bound.map(({ app }) => app)}::text[], ${bound.map(({ tokenRef }) => tokenRef)}::text[])
      as t (app_id, token_ref)
    join presence.binding b on b.app_id = t.app_id and b.token_ref = t.token_ref`.execute(db);
  const apps = [...events.map(({ app }) => app), ...holders.map(({ app_id }) => app_id)];
  const devices = [...events.map(({ deviceId }) => deviceId), ...holders.map(({ device_id }) => device_id)];
  return load(db, apps, devices);
}

async function load(db: Db, apps: readonly string[], deviceIds: readonly string[]): Promise<DirectoryRow[]> {
  const keys = sql`(select distinct * from unnest(${apps}::text[], ${deviceIds}::text[]) as k (app_id, device_id)) k`;
  const devices = await sql<DeviceRow>`
    select d.* from ${keys} join presence.device d using (app_id, device_id)`.execute(db);
  const bindings = await sql<BindingRow>`
    select b.* from ${keys} join presence.binding b using (app_id, device_id)`.execute(db);
  return devicesOf(devices.rows, bindings.rows);
}

async function save(db: Db, changed: readonly DirectoryRow[]): Promise<void> {
  if (changed.length === 0) return;
  const { devices, bindings } = rowsOf(changed);
  const column = <Row, Name extends keyof Row>(rows: readonly Row[], name: Name) =>
    rows.map((row) => row[name]);
  await sql`
    insert into presence.device
      (app_id, device_id, platform, user_id, last_user_id, push_id, device_secret_hash, position)
    select * from unnest(
      ${column(devices, 'app_id')}::text[], ${column(devices, 'device_id')}::text[],
      ${column(devices, 'platform')}::text[], ${column(devices, 'user_id')}::text[],
      ${column(devices, 'last_user_id')}::text[], ${column(devices, 'push_id')}::text[],
      ${column(devices, 'device_secret_hash')}::text[], ${column(devices, 'position')}::bigint[])
    on conflict (app_id, device_id) do update set
      platform = excluded.platform, user_id = excluded.user_id, last_user_id = excluded.last_user_id,
      push_id = excluded.push_id, device_secret_hash = excluded.device_secret_hash,
      position = excluded.position`.execute(db);
  await sql`
    delete from presence.binding b
    using unnest(${column(devices, 'app_id')}::text[], ${column(devices, 'device_id')}::text[]) as k (app_id, device_id)
    where b.app_id = k.app_id and b.device_id = k.device_id`.execute(db);
  await sql`
    insert into presence.binding
      (app_id, device_id, kind, vendor, environment, token_ref, bundle, bound_at, position, state, dead_at, taken_by)
    select * from unnest(
      ${column(bindings, 'app_id')}::text[], ${column(bindings, 'device_id')}::text[],
      ${column(bindings, 'kind')}::text[], ${column(bindings, 'vendor')}::text[],
      ${column(bindings, 'environment')}::text[], ${column(bindings, 'token_ref')}::text[],
      ${column(bindings, 'bundle')}::text[], ${column(bindings, 'bound_at')}::bigint[],
      ${column(bindings, 'position')}::bigint[], ${column(bindings, 'state')}::text[],
      ${column(bindings, 'dead_at')}::bigint[], ${column(bindings, 'taken_by')}::text[])`.execute(db);
}

async function saveLine(db: Db, { app, event }: PushLineChange): Promise<void> {
  const { vendor } = event.data;
  await sql`delete from presence.push_line where app_id = ${app} and vendor = ${vendor}`.execute(db);
  if (event.type === 'push-line-trusted') return;
  const { sinceAt, suspectedAt, condemned, heard, withinMs } = event.data;
  await sql`
    insert into presence.push_line (app_id, vendor, since_at, suspected_at, condemned, heard, within_ms)
    values (${app}, ${vendor}, ${sinceAt}, ${suspectedAt}, ${condemned}, ${heard}, ${withinMs})`.execute(db);
}
