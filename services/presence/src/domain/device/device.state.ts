import type {
  PushTokenBound,
  PushTokenInvalidated,
  PushTokenLost,
  PushTokenRestored,
  PushUnregistered,
  TokenKind,
  UserBound,
  UserUnbound,
} from '@reveille/contracts/device/events';
import type { Platform } from '@reveille/contracts/device/platform';
import type { DeviceId, Instant, PushId, TokenRef, UserId } from '@reveille/contracts/ids';
import type { PushEnvironment, VendorName } from '@reveille/contracts/push/vendor';

export type DeviceEvent =
  | { readonly type: 'user-bound'; readonly data: UserBound }
  | { readonly type: 'user-unbound'; readonly data: UserUnbound }
  | { readonly type: 'push-token-bound'; readonly data: PushTokenBound }
  | { readonly type: 'push-token-lost'; readonly data: PushTokenLost }
  | { readonly type: 'push-token-invalidated'; readonly data: PushTokenInvalidated }
  | { readonly type: 'push-token-restored'; readonly data: PushTokenRestored }
  | { readonly type: 'push-unregistered'; readonly data: PushUnregistered };

/** A token on a device. */
export interface DeviceToken {
  readonly vendor: VendorName;
  readonly environment: PushEnvironment;
  readonly tokenRef: TokenRef;
  readonly bundle: string | null;
  readonly boundAt: Instant;
  /** The place of the binding in DEVICES: over all devices of an app the highest one has the token. */
  readonly position: number;
  /** `dead`: the vendor said so. `unregistered`: the app switched push off. */
  readonly state: 'live' | 'dead' | 'unregistered';
  /** When it was called dead; null for one that is not. */
  readonly deadAt: Instant | null;
  /** A newer binding elsewhere has the token; this device has not been told yet. Known to the directory alone. */
  readonly takenBy: DeviceId | null;
}

/**
 * One installation of the app.
 *
 * The user: nobody → (bind) bound → (unbind) nobody, with the last user remembered. A bound device never changes hands
 * without a logout. Each of its tokens: none → live → dead or unregistered → (registered again) live; dead → (restored) live; lost to another
 * device → none. PushID and device secret come with the first token; the PushID stays for good.
 */
export interface Device {
  readonly platform: Platform;
  readonly user: UserId | null;
  readonly lastUser: UserId | null;
  readonly pushId: PushId | null;
  readonly deviceSecretHash: string | null;
  readonly alert: DeviceToken | null;
  readonly voip: DeviceToken | null;
}

export const unknownDevice: Device = {
  platform: 'unknown',
  user: null,
  lastUser: null,
  pushId: null,
  deviceSecretHash: null,
  alert: null,
  voip: null,
};

export const tokenKinds: readonly TokenKind[] = ['alert', 'voip'];

/** The device after one more event; any event is taken in any state. */
export function evolveDevice(device: Device, event: DeviceEvent, position: number): Device {
  switch (event.type) {
    case 'user-bound': {
      const { user, platform } = event.data;
      return { ...device, user, lastUser: user, platform };
    }
    case 'user-unbound':
      return device.user === event.data.user ? { ...device, user: null } : device;
    case 'push-token-bound':
      return bound(device, event.data, position);
    case 'push-token-lost':
      return lost(device, event.data);
    case 'push-token-invalidated':
      return invalidated(device, event.data);
    case 'push-token-restored':
      return restored(device, event.data);
    case 'push-unregistered':
      return { ...device, alert: unregistered(device.alert), voip: unregistered(device.voip) };
  }
}

function bound(device: Device, data: PushTokenBound, position: number): Device {
  const { kind, pushId, deviceSecretHash, vendor, environment, tokenRef, bundle, boundAt } = data;
  const token: DeviceToken = {
    vendor,
    environment,
    tokenRef,
    bundle,
    boundAt,
    position,
    state: 'live',
    deadAt: null,
    takenBy: null,
  };
  return { ...device, pushId, deviceSecretHash, [kind]: token };
}

function lost(device: Device, { kind, lostPosition }: PushTokenLost): Device {
  return device[kind]?.position === lostPosition ? { ...device, [kind]: null } : device;
}

function invalidated(device: Device, { kind, tokenRef, invalidatedAt }: PushTokenInvalidated): Device {
  const token = device[kind];
  if (token === null || token.tokenRef !== tokenRef) return device;
  return { ...device, [kind]: { ...token, state: 'dead', deadAt: invalidatedAt } };
}

function restored(device: Device, { kind, tokenRef }: PushTokenRestored): Device {
  const token = device[kind];
  if (token === null || token.tokenRef !== tokenRef || token.state !== 'dead') return device;
  return { ...device, [kind]: { ...token, state: 'live', deadAt: null } };
}

function unregistered(token: DeviceToken | null): DeviceToken | null {
  return token === null ? null : { ...token, state: 'unregistered', deadAt: null };
}
