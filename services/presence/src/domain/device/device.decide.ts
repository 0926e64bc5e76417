import type { TokenKind } from '@reveille/contracts/device/events';
import type { Platform } from '@reveille/contracts/device/platform';
import type { DeviceId, Instant, PushId, TokenRef, UserId } from '@reveille/contracts/ids';
import type { RejectedReason } from '@reveille/contracts/push/outcome';
import type { PushEnvironment, VendorName } from '@reveille/contracts/push/vendor';
import { accept, type Decider, type Decision, refuse } from '@reveille/eventing/decider';
import { type Device, type DeviceEvent, evolveDevice, tokenKinds, unknownDevice } from './device.state.js';

interface ForDevice {
  readonly deviceId: DeviceId;
  readonly at: Instant;
}
/** A login. */
export interface BindUser extends ForDevice {
  readonly type: 'bind-user';
  readonly user: UserId;
  readonly platform: Platform;
}
/** A logout. `secretHash` is the proof of one that was made without network. */
export interface UnbindUser extends ForDevice {
  readonly type: 'unbind-user';
  readonly user: UserId;
  readonly proof: 'session' | 'device-secret' | 'server';
  readonly secretHash: string | null;
}
export interface OfferedToken {
  readonly kind: TokenKind;
  readonly tokenRef: TokenRef;
}
export interface RegisterPush extends ForDevice {
  readonly type: 'register-push';
  readonly user: UserId;
  readonly platform: Platform;
  readonly vendor: VendorName;
  readonly environment: PushEnvironment;
  readonly bundle: string | null;
  readonly tokens: readonly OfferedToken[];
  /** What the device presents; null: nothing. */
  readonly secretHash: string | null;
  /** An app's server speaks for its user: no secret is asked, and the user is bound if nobody is. */
  readonly byServer: boolean;
  /** For a device that has none yet. */
  readonly fresh: { readonly pushId: PushId; readonly secretHash: string };
}
export interface UnregisterPush extends ForDevice {
  readonly type: 'unregister-push';
  readonly secretHash: string | null;
  readonly byServer: boolean;
}
/** A vendor's word about a token. */
export interface InvalidatePushToken extends ForDevice {
  readonly type: 'invalidate-push-token';
  readonly tokenRef: TokenRef;
  readonly reason: RejectedReason;
  readonly observedAt: Instant;
  /** When this device last handed us the token, if it did so again after it was bound. */
  readonly registeredAt: Instant | null;
}
/** The vendor's word did not count after all. */
export interface RestorePushToken extends ForDevice {
  readonly type: 'restore-push-token';
  readonly tokenRef: TokenRef;
  readonly because: 'suspected' | 'operator';
}
/** Another device's newer binding has the token. */
export interface LosePushToken extends ForDevice {
  readonly type: 'lose-push-token';
  readonly kind: TokenKind;
  readonly lostPosition: number;
  readonly toDeviceId: DeviceId;
}
export type DeviceCommand =
  | BindUser
  | UnbindUser
  | RegisterPush
  | UnregisterPush
  | InvalidatePushToken
  | RestorePushToken
  | LosePushToken;

type Decided = Decision<DeviceEvent>;

export const deviceDecider: Decider<DeviceCommand, DeviceEvent, Device> = {
  initialState: unknownDevice,
  evolve: evolveDevice,
  decide(command, device) {
    switch (command.type) {
      case 'bind-user':
        return bindUser(command, device);
      case 'unbind-user':
        return unbindUser(command, device);
      case 'register-push':
        return registerPush(command, device);
      case 'unregister-push':
        return unregisterPush(command, device);
      case 'invalidate-push-token':
        return invalidatePushToken(command, device);
      case 'restore-push-token':
        return restorePushToken(command, device);
      case 'lose-push-token':
        return losePushToken(command, device);
    }
  },
};

const boundToAnother = refuse(
  'device-bound-to-another-user',
  'another user is logged in on this device and has to log out first',
);
const secretWrong = refuse('device-secret-wrong', 'the device secret is missing or not the right one');

function bindUser({ deviceId, user, platform, at }: BindUser, device: Device): Decided {
  if (device.user === user) return accept();
  if (device.user !== null) return boundToAnother;
  return accept(userBound(deviceId, user, platform, at));
}

/** A logout that comes late must not log out whoever came after: it names its user, and counts for nobody else. */
function unbindUser(command: UnbindUser, device: Device): Decided {
  const { deviceId, user, proof, secretHash, at } = command;
  if (proof === 'device-secret' && !provesItself(device, secretHash)) return secretWrong;
  if (device.user !== user) return accept();
  return accept({ type: 'user-unbound', data: { deviceId, user, unboundAt: at } });
}

function registerPush(command: RegisterPush, device: Device): Decided {
  const { deviceId, user, platform, byServer, at } = command;
  if (device.user !== null && device.user !== user) return boundToAnother;
  // Deciding again, after a part of it was recorded, finds the fresh secret in place.
  const isAgain = device.deviceSecretHash === command.fresh.secretHash;
  const isProven = byServer || isAgain || device.pushId === null || provesItself(device, command.secretHash);
  const needsSecret = device.pushId === null || !isProven;
  if (!isProven && !presentsItsToken(command, device)) return secretWrong;

  const login = byServer && device.user === null ? [userBound(deviceId, user, platform, at)] : [];
  const pushId = device.pushId ?? command.fresh.pushId;
  const deviceSecretHash = needsSecret ? command.fresh.secretHash : (device.deviceSecretHash ?? '');
  const changed = command.tokens.filter((token) => needsSecret || !hasToken(device, command, token));
  const { vendor, environment, bundle } = command;
  const tokens = changed.map(({ kind, tokenRef }): DeviceEvent => {
    const data = {
      deviceId,
      pushId,
      deviceSecretHash,
      kind,
      vendor,
      environment,
      tokenRef,
      bundle,
      boundAt: at,
    };
    return { type: 'push-token-bound', data };
  });
  return accept(...login, ...tokens);
}

/**
 * A device whose first answer was lost never saw its secret. It still knows the token that is bound here, which is as
 * secret, so with that and nothing else it gets a new one.
 */
function presentsItsToken(command: RegisterPush, device: Device): boolean {
  return command.secretHash === null && command.tokens.some((token) => hasToken(device, command, token));
}

function hasToken(device: Device, command: RegisterPush, { kind, tokenRef }: OfferedToken): boolean {
  const has = device[kind];
  return (
    has !== null &&
    has.state === 'live' &&
    has.takenBy === null &&
    has.tokenRef === tokenRef &&
    has.vendor === command.vendor &&
    has.environment === command.environment &&
    has.bundle === command.bundle
  );
}

function unregisterPush({ deviceId, byServer, secretHash, at }: UnregisterPush, device: Device): Decided {
  if (device.pushId === null)
    return refuse('push-not-registered', 'push was never registered on this device');
  if (!byServer && !provesItself(device, secretHash)) return secretWrong;
  const isOn = tokenKinds.some((kind) => device[kind] !== null && device[kind].state !== 'unregistered');
  return isOn ? accept({ type: 'push-unregistered', data: { deviceId, unregisteredAt: at } }) : accept();
}

/**
 * A vendor that says "this token is gone" speaks about the past. Meanwhile the person may have installed the app again,
 * so the word counts only against the token that it names, and only if the device gave us the token before the word.
 */
function invalidatePushToken(command: InvalidatePushToken, device: Device): Decided {
  const { deviceId, tokenRef, reason, observedAt, registeredAt, at } = command;
  const condemned = tokenKinds.flatMap((kind): DeviceEvent[] => {
    const token = device[kind];
    if (token === null || token.tokenRef !== tokenRef || token.state !== 'live') return [];
    if (Math.max(token.boundAt, registeredAt ?? 0) > observedAt) return [];
    const data = { deviceId, kind, vendor: token.vendor, tokenRef, reason, observedAt, invalidatedAt: at };
    return [{ type: 'push-token-invalidated', data }];
  });
  return accept(...condemned);
}

/** Only what is dead and is still this device's token: what was registered since stays, and what was switched off, too. */
function restorePushToken({ deviceId, tokenRef, because, at }: RestorePushToken, device: Device): Decided {
  const dead = tokenKinds.flatMap((kind): DeviceEvent[] => {
    const token = device[kind];
    if (token === null || token.tokenRef !== tokenRef || token.state !== 'dead') return [];
    const data = { deviceId, kind, vendor: token.vendor, tokenRef, because, restoredAt: at };
    return [{ type: 'push-token-restored', data }];
  });
  return accept(...dead);
}

/** The position names the binding that lost: one that this device made later is newer than the winner's. */
function losePushToken(command: LosePushToken, device: Device): Decided {
  const { deviceId, kind, lostPosition, toDeviceId, at } = command;
  const token = device[kind];
  if (token === null || token.position !== lostPosition) return accept();
  const { vendor, tokenRef } = token;
  const data = { deviceId, kind, vendor, tokenRef, toDeviceId, lostPosition, lostAt: at };
  return accept({ type: 'push-token-lost', data });
}

function userBound(deviceId: DeviceId, user: UserId, platform: Platform, boundAt: Instant): DeviceEvent {
  return { type: 'user-bound', data: { deviceId, user, platform, boundAt } };
}

function provesItself(device: Device, secretHash: string | null): boolean {
  return secretHash !== null && device.deviceSecretHash === secretHash;
}
