import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { lineRecordKeys, type ShutRecord, shutRecordSchema } from '@reveille/contracts/push/line-records';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LineRecords } from './line-records.js';

let town: TownServer;
const undo: (() => Promise<void>)[] = [];

beforeAll(async () => {
  town = await startTownServer({ apps: [] });
});
afterAll(async () => {
  for (const action of undo) await action();
  await town.stop();
});

async function openRecords(): Promise<LineRecords> {
  const bus = await town.connectAs('vendor-workers');
  const records = await LineRecords.open(bus);
  undo.push(async () => {
    records.stop();
    await bus.drain();
  });
  return records;
}
const shutBy = (cause: string): ShutRecord => ({ kind: 'outage', cause, sinceAt: 1, untilAt: 2 });

it('a worker takes away what it knows, and never what another has written since', async () => {
  const key = lineRecordKeys.shut('shop', 'apns');
  const [one, two] = [await openRecords(), await openRecords()];
  const told: (string | null)[] = [];
  one.watch(key, shutRecordSchema, (_key, state) => told.push(state?.cause ?? null));
  await one.put(key, shutBy('first'));
  await waitUntil('both know it', () => two.get(key, shutRecordSchema)?.cause === 'first');
  // One has not heard of the second when it takes the first away.
  two.stop();
  await one.put(key, shutBy('second'));
  await two.remove(key);
  expect(one.get(key, shutRecordSchema)?.cause).toBe('second');
  await one.put(key, shutBy('third'));
  await one.remove(key);
  await waitUntil('it is told', () => told.at(-1) === null);
  expect(told).toEqual(['first', 'second', 'third', null]);
  const late = await openRecords();
  expect(late.get(key, shutRecordSchema)).toBeNull();
});

it('what is put and removed at once is gone, and what is put after that is there', async () => {
  const key = lineRecordKeys.shut('shop', 'fcm');
  const one = await openRecords();
  await Promise.all([one.put(key, shutBy('first')), one.remove(key)]);
  expect((await openRecords()).get(key, shutRecordSchema)).toBeNull();
  await Promise.all([one.put(key, shutBy('second')), one.remove(key), one.put(key, shutBy('third'))]);
  expect((await openRecords()).get(key, shutRecordSchema)?.cause).toBe('third');
});
