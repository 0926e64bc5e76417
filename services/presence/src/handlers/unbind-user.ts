import type { UnbindUserAsk } from '@reveille/contracts/ask/presence';
import type { Decision } from '@reveille/eventing/decider';
import type { Clock, DeviceAddress, DeviceEvent, Devices, TokenNames } from '../ports.js';

export interface UnbindUserPorts {
  readonly devices: Devices;
  readonly names: Pick<TokenNames, 'hashOf'>;
  readonly clock: Clock;
}

/** Logs a user out of a device; resolves when every presence's next lookup knows it, so that nothing is sent after. */
export const unbindUser =
  ({ devices, names, clock }: UnbindUserPorts) =>
  async (address: DeviceAddress, ask: UnbindUserAsk): Promise<Decision<DeviceEvent>> => {
    const { decision, position } = await devices.handle(address, {
      type: 'unbind-user',
      deviceId: address.deviceId,
      user: ask.user,
      proof: ask.proof,
      secretHash: ask.deviceSecret === null ? null : names.hashOf(ask.deviceSecret),
      at: clock.now(),
    });
    if (decision.kind === 'accepted') await devices.whenInDirectory(position);
    return decision;
  };
