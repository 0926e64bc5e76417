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
  dead_at: number | null;
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

/** A suspected line; one that is trusted has no row. */
export interface PushLineRow {
  app_id: string;
  vendor: VendorName;
  since_at: number;
  suspected_at: number;
  condemned: number;
  heard: number;
  within_ms: number;
}

/** A vendor's word that a token is dead which lived. The breaker's memory: without it, it begins anew. */
export interface TokenWordRow {
  app_id: string;
  vendor: VendorName;
  /** In PUSHES. */
  position: number;
  token_ref: string;
  said_at: number;
  /** Of how many pushes the word's own event says something final; 0 in all but its first row. */
  heard: number;
  is_listed: boolean;
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
  push_line: PushLineRow;
  token_word: TokenWordRow;
}
