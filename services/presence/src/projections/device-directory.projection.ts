import type { TokenKind } from '@reveille/contracts/device/events';
import type { AppId, DeviceId } from '@reveille/contracts/ids';
import {
  type Device,
  type DeviceEvent,
  type DeviceToken,
  evolveDevice,
  tokenKinds,
  unknownDevice,
} from '../domain/device/device.state.js';

/** A device in the directory; `position` is that of its last event. */
export interface DirectoryRow {
  readonly app: AppId;
  readonly deviceId: DeviceId;
  readonly device: Device;
  readonly position: number;
}

export interface DirectoryEvent {
  readonly app: AppId;
  readonly deviceId: DeviceId;
  readonly position: number;
  readonly event: DeviceEvent;
}

/** A token that went to a newer binding: the device that had it is yet to be told. */
export interface TakenToken {
  readonly app: AppId;
  readonly deviceId: DeviceId;
  readonly kind: TokenKind;
  readonly lostPosition: number;
  readonly toDeviceId: DeviceId;
}

export interface DirectoryChange {
  readonly rows: readonly DirectoryRow[];
  readonly taken: readonly TakenToken[];
}

/**
 * The directory after more events, in the order of the stream. A token belongs to the newest binding: whoever has it
 * before loses it here, at once, whether or not its own event says so yet. Events that a row has seen change nothing.
 *
 * @param known every device that an event names, and every device that has a token which an event binds or restores.
 */
export function projectDevices(
  events: readonly DirectoryEvent[],
  known: readonly DirectoryRow[],
): DirectoryChange {
  const rows = new Map(known.map((row) => [keyOf(row), row]));
  const holders = new Map<string, string>();
  for (const row of known) for (const name of tokensOf(row)) holders.set(name, keyOf(row));
  const changed = new Set<string>();
  const taken: TakenToken[] = [];
  const put = (row: DirectoryRow) => {
    rows.set(keyOf(row), row);
    changed.add(keyOf(row));
  };

  for (const { app, deviceId, position, event } of events) {
    const key = keyOf({ app, deviceId });
    const before = rows.get(key) ?? { app, deviceId, device: unknownDevice, position: 0 };
    if (position <= before.position) continue;
    put({ ...before, device: evolveDevice(before.device, event, position), position });
    if (event.type !== 'push-token-bound' && event.type !== 'push-token-restored') continue;
    const { kind } = event.data;
    const name = tokenName(app, event.data);
    const own = rows.get(key);
    const gained = own?.device[kind] ?? null;
    if (own === undefined || gained === null || !has(gained)) continue;
    const holder = rows.get(holders.get(name) ?? '');
    const lost = holder?.device[kind] ?? null;
    const isHeld = lost !== null && has(lost) && tokenName(app, { ...lost, kind }) === name;
    // A restored binding is as old as it was: one that was made meanwhile keeps the token.
    const isNewest = !isHeld || gained.position > lost.position;
    if (isNewest) holders.set(name, key);
    if (holder === undefined || !isHeld || keyOf(holder) === key) continue;
    const [winner, loser, token] = isNewest ? [own, holder, lost] : [holder, own, gained];
    const toDeviceId = winner.deviceId;
    put({ ...loser, device: { ...loser.device, [kind]: { ...token, takenBy: toDeviceId } } });
    taken.push({ app, deviceId: loser.deviceId, kind, lostPosition: token.position, toDeviceId });
  }
  const changes = [...changed].flatMap((key) => rows.get(key) ?? []);
  return { rows: changes, taken };
}

function keyOf({ app, deviceId }: { app: AppId; deviceId: DeviceId }): string {
  return `${app}/${deviceId}`;
}

function tokenName(
  app: AppId,
  token: Pick<DeviceToken, 'vendor' | 'tokenRef'> & { kind: TokenKind },
): string {
  return `${app}/${token.vendor}/${token.kind}/${token.tokenRef}`;
}

function tokensOf({ app, device }: DirectoryRow): string[] {
  return tokenKinds.flatMap((kind) => {
    const token = device[kind];
    return token !== null && has(token) ? [tokenName(app, { ...token, kind })] : [];
  });
}

function has(token: DeviceToken): boolean {
  return token.state === 'live' && token.takenBy === null;
}
