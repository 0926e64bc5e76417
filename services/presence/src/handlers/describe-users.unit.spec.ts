import type { DeviceDescription } from '@reveille/contracts/ask/presence';
import { describe, expect, it } from 'vitest';
import type { SessionView } from '../ports.js';
import { describeUser, describeUsers } from './describe-users.js';

const app = 'chat';
const device = (deviceId: string): DeviceDescription => ({
  deviceId,
  platform: 'iphone',
  isBound: true,
  alert: {
    vendor: 'apns',
    environment: 'production',
    tokenRef: 'r'.repeat(32),
    sealedToken: 'v1.k.sealed',
    bundle: null,
    boundAt: 1,
    state: 'live',
  },
  voip: null,
  sessions: [],
});
const session = (sessionId: string, deviceId: string): SessionView => ({
  app,
  revision: 1,
  record: {
    sessionId,
    gatewayId: 'g',
    user: 'bob',
    deviceId,
    platform: 'web',
    background: true,
    openedAt: 2,
  },
});
const ports = (devices: DeviceDescription[], sessions: SessionView[]) => ({
  directory: { ofUsers: (users: readonly unknown[]) => Promise.resolve(users.map(() => devices)) },
  sessions: { ofUser: () => sessions },
});
const bob = { users: [{ app, user: 'bob' }] };

describe('describeUsers', () => {
  it('puts sessions on their devices', async () => {
    const answer = await describeUsers(ports([device('a'), device('b')], [session('s', 'b')]))(bob);
    const described = answer.users[0]?.devices.map(({ deviceId, sessions }) => [deviceId, sessions]);
    expect(described).toEqual([
      ['a', []],
      ['b', [{ sessionId: 's', gatewayId: 'g', background: true, openedAt: 2 }]],
    ]);
  });

  it('names a session on a device that is not theirs as one without a binding', async () => {
    const answer = await describeUsers(ports([device('a')], [session('s', 'x')]))(bob);
    expect(answer.users[0]?.devices[1]).toEqual({
      deviceId: 'x',
      platform: 'web',
      isBound: false,
      alert: null,
      voip: null,
      sessions: [{ sessionId: 's', gatewayId: 'g', background: true, openedAt: 2 }],
    });
  });

  it('does not change what the directory gave', async () => {
    const given = device('a');
    await describeUsers(ports([given], [session('s', 'a')]))(bob);
    expect(given.sessions).toEqual([]);
  });
});

describe('describeUser', () => {
  it('shows no sealed token', async () => {
    const answer = await describeUser(ports([device('a')], []))(app, 'bob');
    expect(JSON.stringify(answer)).not.toContain('sealed"');
    expect(answer.devices[0]?.alert).toMatchObject({ state: 'live', sealedToken: null });
  });
});
