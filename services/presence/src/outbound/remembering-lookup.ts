import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { StreamCursor } from '@reveille/bus/stream-cursor';
import type { DeviceDescription, LookupAsk } from '@reveille/contracts/ask/presence';
import { parseSubject } from '@reveille/contracts/subjects';
import type { DeviceLookup } from '../ports.js';
import { readDeviceEvent } from './device-events.js';
import { RecentUsers } from './recent-users.js';

/** Devices, and the position of the directory that they were read from, in one snapshot. */
export interface PlacedDevices {
  readonly position: number;
  readonly devices: DeviceDescription[][];
}

export interface RememberingLookupOptions {
  readonly read: (users: LookupAsk['users']) => Promise<PlacedDevices>;
  /** Some 1 KB of memory each. */
  readonly mostUsers: number;
}

export interface RememberingLookup extends Pick<DeviceLookup, 'ofUsers'> {
  size(): number;
}

/** Above this many new events it is cheaper to forget everything than to read them. */
const longestGap = 5_000;

/**
 * Looks users up with a memory in front of the directory, and is never behind what an ask was answered for. Before
 * it answers from memory it asks the leader of DEVICES for the last position and forgets whomever the events up to it
 * concern; an answered logout is one of them, whichever presence answered it. What is read from the directory is kept only if the
 * directory has reached every event that was looked at so far: an event that it lacks would not be looked at again.
 */
export function createRememberingLookup(
  bus: Bus,
  { read, mostUsers }: RememberingLookupOptions,
): RememberingLookup {
  const recent = new RecentUsers(mostUsers);
  const cursor = new StreamCursor(
    bus,
    { stream: 'DEVICES', longestGap },
    { apply: (message) => forgetConcerned(recent, message), reset: () => recent.clear() },
  );
  return {
    async ofUsers(users) {
      await cursor.readOn();
      const known = users.map(({ app, user }) => recent.get(app, user));
      const missing = users.filter((_, index) => known[index] === null);
      if (missing.length === 0) return known.map((devices) => devices ?? []);
      const { position, devices: found } = await read(missing);
      if (position >= cursor.position) {
        for (const [index, one] of missing.entries()) recent.put(one, found[index] ?? []);
      }
      let next = 0;
      return known.map((devices) => devices ?? found[next++] ?? []);
    },
    size: () => recent.size,
  };
}

function forgetConcerned(recent: RecentUsers, message: StoredMessage): void {
  // What is thought of a vendor changes nobody's devices.
  if (parseSubject(message.subject)?.kind === 'evt.push-line') return;
  try {
    const envelope = decodeFact(message);
    const { app } = envelope;
    const { type, data } = readDeviceEvent(envelope);
    recent.forgetDevice(app, data.deviceId);
    if (type === 'user-bound') recent.forgetUser(app, data.user);
    if (type === 'push-token-bound' || type === 'push-token-restored') recent.forgetToken(app, data.tokenRef);
  } catch {
    // Whom it concerns cannot be told: nobody is remembered then.
    recent.clear();
  }
}
