import type { UnregisterPushAsk } from '@reveille/contracts/ask/presence';
import type { Decision } from '@reveille/eventing/decider';
import type { Clock, DeviceAddress, DeviceEvent, Devices, TokenNames } from '../ports.js';

export interface UnregisterPushPorts {
  readonly devices: Devices;
  readonly names: Pick<TokenNames, 'hashOf'>;
  readonly clock: Clock;
}

/** Switches push off on a device; resolves when no presence names its tokens any more. */
export const unregisterPush =
  ({ devices, names, clock }: UnregisterPushPorts) =>
  async (address: DeviceAddress, ask: UnregisterPushAsk): Promise<Decision<DeviceEvent>> => {
    const { decision, position } = await devices.handle(address, {
      type: 'unregister-push',
      deviceId: address.deviceId,
      byServer: ask.byServer,
      secretHash: ask.deviceSecret === null ? null : names.hashOf(ask.deviceSecret),
      at: clock.now(),
    });
    if (decision.kind === 'accepted') await devices.whenInDirectory(position);
    return decision;
  };
