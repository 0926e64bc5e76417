import {
  type DescribeUserAnswer,
  describeUserAnswerSchema,
  doneAnswerSchema,
  type RegisterPushAnswer,
  registerPushAnswerSchema,
} from '@reveille/contracts/ask/presence';
import type { DeviceProofRequest, RegisterPushRequest } from '@reveille/contracts/http/register-device';
import type { DeviceId, UserId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners, Principal, RateLimit } from '../ports.js';
import { refuse } from '../protocol/refuse.js';
import { changesPerSecond, requireRoom } from '../protocol/require-room.js';

/** Registers and rotates tokens, switches push off, logs out, describes a user: presence decides, this door says for whom. */
export interface DeviceDoor {
  registerPush(
    principal: Principal,
    deviceId: DeviceId,
    request: RegisterPushRequest,
  ): Promise<RegisterPushAnswer>;
  unregisterPush(principal: Principal, deviceId: DeviceId, proof: DeviceProofRequest): Promise<void>;
  unbindUser(principal: Principal, deviceId: DeviceId, proof: DeviceProofRequest): Promise<void>;
  describeUser(principal: Principal, user: UserId): Promise<DescribeUserAnswer>;
}

export const manageDevice = ({ owners, changes }: { owners: Owners; changes: RateLimit }): DeviceDoor => ({
  async registerPush(
    principal,
    deviceId,
    { user, deviceSecret, platform, vendor, environment, token, voipToken, bundle },
  ) {
    limitChanges(changes, principal);
    const bindUser = principal.kind === 'server';
    const device = { user: userOf(principal, user), deviceId, deviceSecret, platform, bindUser };
    return owners.ask(
      subjects.askRegisterPush(principal.app),
      { ...device, vendor, environment, token, voipToken, bundle },
      registerPushAnswerSchema,
    );
  },
  async unregisterPush(principal, deviceId, { deviceSecret }) {
    limitChanges(changes, principal);
    const byServer = principal.kind === 'server';
    await owners.ask(
      subjects.askUnregisterPush(principal.app),
      { deviceId, deviceSecret, byServer },
      doneAnswerSchema,
    );
  },
  async unbindUser(principal, deviceId, { user, deviceSecret }) {
    limitChanges(changes, principal);
    const proof = principal.kind === 'server' ? 'server' : 'device-secret';
    // Whoever has the device's secret has the device: the next user tells of a logout that the last one made offline.
    const whose =
      proof === 'device-secret' && user !== undefined && deviceSecret !== null
        ? user
        : userOf(principal, user);
    await owners.ask(
      subjects.askUnbindUser(principal.app),
      { deviceId, user: whose, deviceSecret, proof },
      doneAnswerSchema,
    );
  },
  describeUser: (principal, user) =>
    owners.ask(
      subjects.askDescribeUser(principal.app),
      { user: userOf(principal, user) },
      describeUserAnswerSchema,
    ),
});

/** Servers are trusted with their own rate. */
function limitChanges(changes: RateLimit, principal: Principal): void {
  if (principal.kind === 'server') return;
  requireRoom(changes.take(principal.app, principal.user, changesPerSecond), `${changesPerSecond} changes`);
}

/** A client acts for itself; a server names whom it acts for. */
function userOf(principal: Principal, named: UserId | undefined): UserId {
  if (principal.kind === 'server') {
    if (named === undefined)
      throw refuse('message-invalid', 'user: a server must name the user that it acts for');
    return named;
  }
  if (named !== undefined && named !== principal.user)
    throw refuse('forbidden', 'a client acts for its own user alone');
  return principal.user;
}
