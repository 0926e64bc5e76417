import type { Clock, Devices, TakenToken } from '../ports.js';

export interface LosePushTokenPorts {
  readonly devices: Devices;
  readonly clock: Clock;
}

/** Tells a device's history that its token went to another device. The directory has acted on it already. */
export const losePushToken =
  ({ devices, clock }: LosePushTokenPorts) =>
  async ({ app, deviceId, kind, lostPosition, toDeviceId }: TakenToken): Promise<void> => {
    const address = { app, deviceId, traceparent: null };
    const at = clock.now();
    await devices.handle(address, { type: 'lose-push-token', deviceId, kind, lostPosition, toDeviceId, at });
  };
