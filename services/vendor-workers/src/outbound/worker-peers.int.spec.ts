import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LineRecords } from './line-records.js';
import { WorkerPeers } from './worker-peers.js';

let town: TownServer;
let skewMs = 0;
const undo: (() => Promise<void>)[] = [];

beforeAll(async () => {
  town = await startTownServer({ apps: [] });
});
afterAll(async () => {
  for (const action of undo) await action();
  await town.stop();
});

async function worker(instance: string, vendors: readonly VendorName[]): Promise<WorkerPeers> {
  const bus: Bus = await town.connectAs('vendor-workers');
  const records = await LineRecords.open(bus);
  const failed = (error: unknown) => {
    throw error;
  };
  undo.push(async () => {
    records.stop();
    await bus.drain();
  });
  return new WorkerPeers({ records, clock: { now: () => Date.now() + skewMs }, instance, vendors, failed });
}

it('workers of a vendor count each other, until one stops or is not heard of any more', async () => {
  const one = await worker('one', ['apns', 'fcm']);
  const two = await worker('two', ['apns']);
  const three = await worker('three', ['apns']);
  await waitUntil('all know all', async () => [one, two, three].every((peers) => peers.count('apns') === 3));
  expect(one.count('fcm')).toBe(1);
  await three.stop();
  await waitUntil('one is gone', async () => one.count('apns') === 2);
  await two.stop();
  skewMs = 60_000;
  expect(one.count('apns')).toBe(1);
  await one.stop();
});
