import type {
  DescribeUserAnswer,
  DeviceDescription,
  LookupAnswer,
  LookupAsk,
} from '@reveille/contracts/ask/presence';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { devicesWorthNaming } from '../domain/device/devices-worth-naming.js';
import type { DeviceLookup, Sessions, SessionView } from '../ports.js';

export interface DescribeUsersPorts {
  readonly directory: Pick<DeviceLookup, 'ofUsers'>;
  readonly sessions: Pick<Sessions, 'ofUser'>;
}

/** Devices, bindings and sessions of many users, in the order of the question. */
export const describeUsers =
  ({ directory, sessions }: DescribeUsersPorts) =>
  async ({ users }: LookupAsk): Promise<LookupAnswer> => {
    const found = await directory.ofUsers(users);
    return {
      users: users.map(({ app, user }, index) => ({
        app,
        user,
        devices: [...devicesWorthNaming(withSessions(found[index] ?? [], sessions.ofUser(app, user)))],
      })),
    };
  };

/** One user as people may see it: without sealed tokens. */
export const describeUser =
  (ports: DescribeUsersPorts) =>
  async (app: AppId, user: UserId): Promise<DescribeUserAnswer> => {
    const answer = await describeUsers(ports)({ users: [{ app, user }] });
    const devices = answer.users[0]?.devices ?? [];
    const unsealed = (binding: DeviceDescription['alert']) =>
      binding === null ? null : { ...binding, sealedToken: null };
    return {
      user,
      devices: devices.map((device) => ({
        ...device,
        alert: unsealed(device.alert),
        voip: unsealed(device.voip),
      })),
    };
  };

function withSessions(
  devices: readonly DeviceDescription[],
  open: readonly SessionView[],
): readonly DeviceDescription[] {
  if (open.length === 0) return devices;
  const described = devices.map((device) => ({
    ...device,
    sessions: sessionsOn(device.deviceId, open),
  }));
  const known = new Set(devices.map(({ deviceId }) => deviceId));
  const elsewhere = open.filter(({ record }) => !known.has(record.deviceId));
  return [...described, ...elsewhere.map((view) => unboundDevice(view))];
}

/** A session on a device that is somebody else's by now: it may still acknowledge, and nothing is pushed there. */
function unboundDevice({ record }: SessionView): DeviceDescription {
  const { sessionId, gatewayId, background, openedAt, deviceId, platform } = record;
  const sessions = [{ sessionId, gatewayId, background, openedAt }];
  return { deviceId, platform, isBound: false, alert: null, voip: null, sessions };
}

function sessionsOn(deviceId: string, open: readonly SessionView[]): DeviceDescription['sessions'] {
  return open
    .filter(({ record }) => record.deviceId === deviceId)
    .map(({ record: { sessionId, gatewayId, background, openedAt } }) => ({
      sessionId,
      gatewayId,
      background,
      openedAt,
    }));
}
