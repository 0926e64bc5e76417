import type { TokenKind } from '@reveille/contracts/device/events';
import type { Platform } from '@reveille/contracts/device/platform';
import type { PushEnvironment, VendorName } from '@reveille/contracts/push/vendor';
import type { Device } from '../../ports.js';

/** The schema of this service in the town's database. */
export const presenceSchema = 'presence';

/** Whose position is kept in `projection_position`. */
export const directoryProjection = 'device-directory';

/** A device with its present and last user. `position`: its last event in DEVICES. */
export interface DeviceRow {
  app_id: string;
  device_id: string;
  platform: Platform;
  user_id: string | null;
  last_user_id: string | null;
  push_id: string | null;
  device_secret_hash: string | null;
  position: number;
}

/** A token on a device, by reference. `position`: the event that bound it; `taken_by`: who has it since. */
export interface BindingRow {
  app_id: string;
  device_id: string;
  kind: TokenKind;
  vendor: VendorName;
  environment: PushEnvironment;
  token_ref: string;
  bundle: string | null;
  bound_at: number;
  position: number;
  state: NonNullable<Device['alert']>['state'];
  taken_by: string | null;
}

/** A sealed token. The truth: everything else here can be made again from DEVICES. */
export interface VaultRow {
  app_id: string;
  device_id: string;
  token_ref: string;
  sealed_token: string;
  key_id: string;
  /** When the device last handed us the token. */
  registered_at: number;
}

/** How far a view has come in its stream. */
export interface PositionRow {
  projection: string;
  stream_created_at: number;
  position: number;
}

export interface PresenceTables {
  device: DeviceRow;
  binding: BindingRow;
  push_token_vault: VaultRow;
  projection_position: PositionRow;
}
