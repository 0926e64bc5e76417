import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { DeviceEvent } from '../ports.js';
import { openDeviceEvents } from './device-events.js';
import { createRememberingLookup, type RememberingLookup } from './remembering-lookup.js';

const app = 'chat';
let town: TownServer;
let bus: Bus;
let lookup: RememberingLookup;
/** What the directory would say, and how far it has come. */
let position = 0;
let reads: string[][] = [];
let count = 0;

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app }] });
  bus = await town.connectAs('presence');
});
afterAll(async () => {
  await bus.drain();
  await town.stop();
});
beforeEach(() => {
  reads = [];
  lookup = createRememberingLookup(bus, {
    mostUsers: 10,
    read: (users) => {
      reads.push(users.map(({ user }) => user));
      return Promise.resolve({ position, devices: users.map(() => []) });
    },
  });
});

const ask = (...users: string[]) => lookup.ofUsers(users.map((user) => ({ app, user })));
async function happened(...events: DeviceEvent[]): Promise<void> {
  const newEventId = () => `event-${(count += 1)}`;
  const store = openDeviceEvents(bus, { clock: { now: () => 1 }, newEventId, rowOf: async () => null });
  for (const event of events) {
    const address = { app, deviceId: event.data.deviceId, traceparent: null };
    const history = await store.load(address);
    await store.append(address, [event], history.position);
  }
  position = await bus.streamTail('DEVICES');
}
const bound = (user: string): DeviceEvent => ({
  type: 'user-bound',
  data: { deviceId: `phone-of-${user}`, user, platform: 'iphone', boundAt: 1 },
});

it('reads a user once, until something happens to them', async () => {
  await happened(bound('ana'), bound('eve'));
  await ask('ana', 'eve');
  await ask('eve', 'ana', 'bob');
  expect(reads).toEqual([['ana', 'eve'], ['bob']]);
  await happened(bound('eve'));
  await ask('ana', 'eve', 'bob');
  expect(reads.slice(2)).toEqual([['eve']]);
});

it('does not remember what a directory said that was behind', async () => {
  await happened(bound('ana'));
  await ask('ana');
  await happened(bound('ana'));
  position -= 1;
  await ask('ana');
  await ask('ana');
  position += 1;
  await ask('ana');
  await ask('ana');
  expect(reads).toHaveLength(4);
});

it('keeps the order of the question', async () => {
  const devices = (user: string) => [{ deviceId: `phone-of-${user}` }] as never;
  const ordered = createRememberingLookup(bus, {
    mostUsers: 10,
    read: (users) => Promise.resolve({ position, devices: users.map(({ user }) => devices(user)) }),
  });
  const of = (...users: string[]) => ordered.ofUsers(users.map((user) => ({ app, user })));
  await of('b', 'd');
  expect(await of('a', 'b', 'c', 'd', 'a')).toEqual(['a', 'b', 'c', 'd', 'a'].map(devices));
});
