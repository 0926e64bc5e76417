import { RawClient } from '../harness/raw-client.js';
import { inParallel } from '../harness/scenario.js';
import type { Town } from '../harness/town.js';

/** A device that is connected, and that its vendor would wake if a push were sent. */
export interface LiveDevice {
  readonly user: string;
  readonly deviceId: string;
  readonly client: RawClient;
}

interface LiveDeviceOptions {
  /** A device in the background has a shorter deadline. */
  readonly background: boolean;
  /** False: the scenario says when something is acknowledged. */
  readonly acknowledges: boolean;
}

/** One device for each user, in their order. */
export async function connectDevices(
  town: Town,
  users: readonly string[],
  name: string,
  options: LiveDeviceOptions,
): Promise<LiveDevice[]> {
  const phones = await town.sandbox.addPhones('apns', users.length);
  return inParallel(users, 10, async (user, index) => {
    const deviceId = `${user}-${name}`;
    await town.register(deviceId, { user, vendor: 'apns', token: phones[index]?.token ?? '' });
    const token = await town.clientToken(user);
    const client = await RawClient.login({ url: town.ready.urls.webSocket, deviceId, token, ...options });
    return { user, deviceId, client };
  });
}

export const usersNamed = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
