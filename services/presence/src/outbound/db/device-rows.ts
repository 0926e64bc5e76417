import { tokenKindSchema } from '@reveille/contracts/device/events';
import type { Device, DirectoryRow } from '../../ports.js';
import type { BindingRow, DeviceRow } from './schema.js';

type Token = NonNullable<Device['alert']>;

/** Rows of the two tables as devices; bindings may come in any order. */
export function devicesOf(devices: readonly DeviceRow[], bindings: readonly BindingRow[]): DirectoryRow[] {
  const byDevice = new Map<string, BindingRow[]>();
  for (const binding of bindings) {
    const key = `${binding.app_id}/${binding.device_id}`;
    byDevice.set(key, [...(byDevice.get(key) ?? []), binding]);
  }
  return devices.map((row) => {
    const own = byDevice.get(`${row.app_id}/${row.device_id}`) ?? [];
    return {
      app: row.app_id,
      deviceId: row.device_id,
      position: row.position,
      device: {
        platform: row.platform,
        user: row.user_id,
        lastUser: row.last_user_id,
        pushId: row.push_id,
        deviceSecretHash: row.device_secret_hash,
        alert: tokenOf(own.find(({ kind }) => kind === 'alert')),
        voip: tokenOf(own.find(({ kind }) => kind === 'voip')),
      },
    };
  });
}

function tokenOf(row: BindingRow | undefined): Token | null {
  if (row === undefined) return null;
  return {
    vendor: row.vendor,
    environment: row.environment,
    tokenRef: row.token_ref,
    bundle: row.bundle,
    boundAt: row.bound_at,
    position: row.position,
    state: row.state,
    deadAt: row.dead_at,
    takenBy: row.taken_by,
  };
}

/** Devices as rows of the two tables. */
export function rowsOf(devices: readonly DirectoryRow[]): { devices: DeviceRow[]; bindings: BindingRow[] } {
  return { devices: devices.map(deviceRowOf), bindings: devices.flatMap(bindingRowsOf) };
}

function deviceRowOf({ app, deviceId, device, position }: DirectoryRow): DeviceRow {
  return {
    app_id: app,
    device_id: deviceId,
    platform: device.platform,
    user_id: device.user,
    last_user_id: device.lastUser,
    push_id: device.pushId,
    device_secret_hash: device.deviceSecretHash,
    position,
  };
}

function bindingRowsOf({ app, deviceId, device }: DirectoryRow): BindingRow[] {
  return tokenKindSchema.options.flatMap((kind) => {
    const token = device[kind];
    if (token === null) return [];
    return [
      {
        app_id: app,
        device_id: deviceId,
        kind,
        vendor: token.vendor,
        environment: token.environment,
        token_ref: token.tokenRef,
        bundle: token.bundle,
        bound_at: token.boundAt,
        position: token.position,
        state: token.state,
        dead_at: token.deadAt,
        taken_by: token.takenBy,
      },
    ];
  });
}
