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
 * @param known every device that an event names, and every device that has a token which an event binds.
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
    if (event.type !== 'push-token-bound') continue;
    const name = tokenName(app, event.data);
    const holder = rows.get(holders.get(name) ?? '');
    holders.set(name, key);
    if (holder === undefined || keyOf(holder) === key) continue;
    const { kind } = event.data;
    const lost = holder.device[kind];
    if (lost === null || !has(lost) || tokenName(app, { ...lost, kind }) !== name) continue;
    put({ ...holder, device: { ...holder.device, [kind]: { ...lost, takenBy: deviceId } } });
    taken.push({ app, deviceId: holder.deviceId, kind, lostPosition: lost.position, toDeviceId: deviceId });
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
