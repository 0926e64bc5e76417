import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFeedbackTurns } from './feedback-turns.js';

let town: TownServer;
let workers: Bus[];
let now = 1_000;

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'shop' }] });
  workers = await Promise.all([town.connectAs('vendor-workers'), town.connectAs('vendor-workers')]);
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.drain()));
  await town.stop();
});

it('gives a turn to one of several workers, once per period, and remembers the last good fetch', async () => {
  const turns = workers.map((worker) => openFeedbackTurns(worker, { now: () => now }));
  const takeAll = () => Promise.all([...turns, ...turns].map((each) => each.take('shop', 'fcm', 60_000)));
  const [first] = (await takeAll()).filter((turn) => turn !== null);
  expect(first?.lastAt).toBeNull();
  expect((await takeAll()).filter((turn) => turn !== null)).toHaveLength(0);
  expect(await turns[0]?.take('shop', 'apns', 60_000)).not.toBeNull();
  await first?.done(now);
  now += 59_999;
  expect((await takeAll()).filter((turn) => turn !== null)).toHaveLength(0);
  now += 1;
  const second = (await takeAll()).filter((turn) => turn !== null);
  expect(second.map((turn) => turn?.lastAt)).toEqual([1_000]);
  // It was not done: the next one still knows the last good fetch.
  now += 60_000;
  expect((await takeAll()).filter((turn) => turn !== null).map((turn) => turn?.lastAt)).toEqual([1_000]);
});
