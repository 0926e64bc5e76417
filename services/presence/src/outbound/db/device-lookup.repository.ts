import type {
  DeviceDescription,
  LookupAsk,
  PushBinding,
  TargetsAnswer,
  TargetsAsk,
} from '@reveille/contracts/ask/presence';
import { guard } from '@reveille/chassis/database';
import { type Kysely, sql } from 'kysely';
import type { DeviceLookup, NamedToken, TokenOwner } from '../../ports.js';
import {
  type BindingRow,
  type DeviceRow,
  directoryProjection,
  type PresenceTables,
  type VaultRow,
} from './schema.js';

type Nullable<Row> = { [Name in keyof Row]: Row[Name] | null };
type BindingColumns =
  | 'kind'
  | 'vendor'
  | 'environment'
  | 'token_ref'
  | 'bundle'
  | 'bound_at'
  | 'state'
  | 'taken_by';
type FoundBinding = Nullable<Pick<BindingRow, BindingColumns> & Pick<VaultRow, 'sealed_token'>>;
type FoundDevice = Pick<DeviceRow, 'device_id' | 'platform' | 'user_id'> &
  FoundBinding & { place: number | null; position: number };
type FoundTarget = FoundBinding & Pick<DeviceRow, 'app_id' | 'device_id' | 'user_id'> & { place: number };

/** Seals a token with the current key where it is not; null when its key is gone. */
export type SealNow = (found: {
  readonly app: string;
  readonly deviceId: string;
  readonly tokenRef: string;
  readonly sealedToken: string;
}) => Promise<string | null>;

/** Reads the directory; what an ask was answered for is in it, since answers wait for its transaction. */
export function createDeviceLookup(db: Kysely<PresenceTables>, sealNow: SealNow): DirectoryReads {
  return {
    ofUsers: (users) => guard(() => ofUsers(db, users)),
    targets: async (targets) => {
      const found = await guard(() => findTargets(db, targets));
      return Promise.all(found.map((row, index) => answerTarget(row, targets[index], sealNow)));
    },
    owners: (tokens) => guard(() => findOwners(db, tokens)),
  };
}

export interface DirectoryReads extends Pick<DeviceLookup, 'targets' | 'owners'> {
  /** The devices of each user, and the position of the directory that they were read from, in one snapshot. */
  ofUsers(users: LookupAsk['users']): Promise<{ position: number; devices: DeviceDescription[][] }>;
}

async function ofUsers(
  db: Kysely<PresenceTables>,
  users: LookupAsk['users'],
): Promise<{ position: number; devices: DeviceDescription[][] }> {
  const apps = users.map(({ app }) => app);
  const names = users.map(({ user }) => user);
  const { rows } = await sql<FoundDevice>`
    select p.position, f.*
    from (select coalesce(max(position), 0) as position from presence.projection_position
      where projection = ${directoryProjection}) p
    left join presence.devices_of_users(${apps}, ${names}) f on true`.execute(db);
  const devices: DeviceDescription[][] = users.map(() => []);
  for (const row of rows) if (row.place !== null) addTo(devices[row.place - 1] ?? [], row);
  return { position: rows[0]?.position ?? 0, devices };
}

/** Rows come device by device: one per token, or one without. */
function addTo(devices: DeviceDescription[], row: FoundDevice): void {
  let device = devices.at(-1);
  if (device?.deviceId !== row.device_id) {
    device = {
      deviceId: row.device_id,
      platform: row.platform,
      isBound: row.user_id !== null,
      alert: null,
      voip: null,
      sessions: [],
    };
    devices.push(device);
  }
  if (row.kind !== null) device[row.kind] = bindingOf(row);
}

/** A token that a newer binding has is none of this device's. */
function bindingOf(row: FoundBinding): PushBinding | null {
  const { vendor, environment, token_ref, bundle, bound_at, state } = row;
  if (row.taken_by !== null || vendor === null || environment === null) return null;
  if (token_ref === null || bound_at === null || state === null) return null;
  return {
    vendor,
    environment,
    tokenRef: token_ref,
    sealedToken: row.sealed_token,
    bundle,
    boundAt: bound_at,
    state,
  };
}

async function findTargets(
  db: Kysely<PresenceTables>,
  targets: TargetsAsk['targets'],
): Promise<(FoundTarget | undefined)[]> {
  const { rows } = await sql<FoundTarget>`
    select t.place, d.app_id, d.device_id, d.user_id, b.kind, b.vendor, b.environment, b.token_ref, b.bundle,
      b.bound_at, b.state, b.taken_by, v.sealed_token
    from unnest(
      ${targets.map(({ app }) => app)}::text[], ${targets.map(({ deviceId }) => deviceId)}::text[],
      ${targets.map(({ kind }) => kind)}::text[])
      with ordinality as t (app_id, device_id, kind, place)
    join presence.device d on d.app_id = t.app_id and d.device_id = t.device_id
    left join presence.binding b on b.app_id = t.app_id and b.device_id = t.device_id and b.kind = t.kind
    left join presence.push_token_vault v
      on v.app_id = b.app_id and v.device_id = b.device_id and v.token_ref = b.token_ref`.execute(db);
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return targets.map((_, index) => byPlace.get(index + 1));
}

async function findOwners(
  db: Kysely<PresenceTables>,
  tokens: readonly NamedToken[],
): Promise<(TokenOwner | null)[]> {
  const { rows } = await sql<{ device_id: string | null; last_user_id: string | null }>`
    select distinct on (t.place) b.device_id, d.last_user_id
    from unnest(
      ${tokens.map(({ app }) => app)}::text[], ${tokens.map(({ vendor }) => vendor)}::text[],
      ${tokens.map(({ tokenRef }) => tokenRef)}::text[])
      with ordinality as t (app_id, vendor, token_ref, place)
    left join presence.binding b on b.app_id = t.app_id and b.token_ref = t.token_ref and b.vendor = t.vendor
    left join presence.device d on d.app_id = b.app_id and d.device_id = b.device_id
    order by t.place, b.position desc nulls last`.execute(db);
  return rows.map(({ device_id: deviceId, last_user_id: user }) =>
    deviceId === null ? null : { deviceId, user },
  );
}

type TargetAnswer = TargetsAnswer['targets'][number];

async function answerTarget(
  row: FoundTarget | undefined,
  target: TargetsAsk['targets'][number] | undefined,
  sealNow: SealNow,
): Promise<TargetAnswer> {
  if (row === undefined || row.user_id === null || row.user_id !== target?.user) return gone('logged-out');
  const binding = bindingOf(row);
  if (binding === null || binding.state === 'dead') return gone('token-dead');
  if (binding.state === 'unregistered' || binding.vendor !== target.vendor) return gone('unregistered');
  const { sealedToken, tokenRef, environment, bundle } = binding;
  const { app_id: app, device_id: deviceId } = row;
  const sealed = sealedToken === null ? null : await sealNow({ app, deviceId, tokenRef, sealedToken });
  // Bound, but its token is not in the vault any more, or cannot be opened: it is registered again or not at all.
  if (sealed === null) return gone('token-dead');
  return { state: 'bound', tokenRef, sealedToken: sealed, environment, bundle };
}

function gone(reason: 'logged-out' | 'unregistered' | 'token-dead'): TargetAnswer {
  return { state: 'gone', reason };
}
