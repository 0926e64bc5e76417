import type { DeviceDescription } from '@reveille/contracts/ask/presence';
import { describe, expect, it } from 'vitest';
import { devicesWorthNaming, mostSilentDevices } from './devices-worth-naming.js';

const token = {
  vendor: 'apns',
  environment: 'production',
  tokenRef: 'r'.repeat(32),
  sealedToken: null,
  bundle: null,
  boundAt: 1,
  state: 'live',
} as const;
const device = (deviceId: string, more: Partial<DeviceDescription> = {}): DeviceDescription => ({
  deviceId,
  platform: 'web',
  isBound: true,
  alert: null,
  voip: null,
  sessions: [],
  ...more,
});
const many = (count: number, more: Partial<DeviceDescription> = {}) =>
  Array.from({ length: count }, (_, index) => device(`d${index}`, more));

describe('devicesWorthNaming', () => {
  it('names few devices all', () => {
    const few = many(mostSilentDevices);
    expect(devicesWorthNaming(few)).toEqual(few);
  });

  it('names the newest of many that are silent', () => {
    const dead = { ...token, state: 'dead' } as const;
    const devices = [
      ...many(5),
      ...many(500, { alert: dead }),
      ...many(500, { isBound: false, alert: token }),
    ];
    expect(devicesWorthNaming(devices)).toEqual(devices.slice(0, mostSilentDevices));
  });

  it('names every device that may be reached, however old', () => {
    const session = { sessionId: 's', gatewayId: 'g', background: false, openedAt: 1 };
    const old = [
      device('pushed', { alert: token }),
      device('online', { isBound: false, sessions: [session] }),
    ];
    const named = devicesWorthNaming([...many(500), ...old]);
    expect(named.slice(-2)).toEqual(old);
    expect(named).toHaveLength(mostSilentDevices + 2);
  });
});
