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
import type { Owners, Principal } from '../ports.js';
import { refuse } from '../protocol/refuse.js';

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

export const manageDevice = ({ owners }: { owners: Owners }): DeviceDoor => ({
  registerPush: (
    principal,
    deviceId,
    { user, deviceSecret, platform, vendor, environment, token, voipToken, bundle },
  ) =>
    owners.ask(
      subjects.askRegisterPush(principal.app),
      {
        user: userOf(principal, user),
        deviceId,
        deviceSecret,
        platform,
        vendor,
        environment,
        token,
        voipToken,
        bundle,
        bindUser: principal.kind === 'server',
      },
      registerPushAnswerSchema,
    ),
  async unregisterPush(principal, deviceId, { deviceSecret }) {
    const byServer = principal.kind === 'server';
    await owners.ask(
      subjects.askUnregisterPush(principal.app),
      { deviceId, deviceSecret, byServer },
      doneAnswerSchema,
    );
  },
  async unbindUser(principal, deviceId, { user, deviceSecret }) {
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
