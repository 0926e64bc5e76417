import type { DeviceDescription } from '@reveille/contracts/ask/presence';

/** Devices without anything to reach them by that are named all the same, so that a verdict can say why nothing was sent. */
export const mostSilentDevices = 20;

/**
 * Every device that may be reached (by a session, or by a login together with a live token), and the newest of the others:
 * people leave behind logins in browsers and dead installations for years, and every message would name them all.
 *
 * @param devices newest first.
 */
export function devicesWorthNaming(devices: readonly DeviceDescription[]): readonly DeviceDescription[] {
  if (devices.length <= mostSilentDevices) return devices;
  let silent = 0;
  return devices.filter((device) => {
    if (device.sessions.length > 0) return true;
    const hasToken = device.alert?.state === 'live' || device.voip?.state === 'live';
    if (device.isBound && hasToken) return true;
    silent += 1;
    return silent <= mostSilentDevices;
  });
}
