import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { fixedClock } from '@reveille/chassis/testing/fixed-clock';
import { buckets } from '@reveille/contracts/streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openGatewayLeases } from './gateway-leases.js';

const leaseMs = buckets.gatewayLeases.ttlMs;
let town: TownServer;

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'chat' }] });
});
afterAll(() => town.stop());

it('a gateway lives for one lease after its last sign, heard by whichever presence', async () => {
  const clock = fixedClock();
  const [here, there] = [await town.connectAs('presence'), await town.connectAs('presence')];
  const [mine, theirs] = [await openGatewayLeases(here, clock), await openGatewayLeases(there, clock)];
  clock.advance(leaseMs);
  expect([mine.isLive('g1', 0), theirs.isLive('g1', 0)]).toEqual([false, false]);
  await mine.renew('g1');
  await expect.poll(() => theirs.isLive('g1', 0)).toBe(true);
  clock.advance(leaseMs - 1);
  expect([mine.isLive('g1', 0), mine.isLive('g2', 0)]).toEqual([true, false]);
  clock.advance(1);
  expect([mine.isLive('g1', 0), theirs.isLive('g1', 0)]).toEqual([false, false]);
  // A session that has just been opened is a sign too.
  expect(mine.isLive('g1', clock.now())).toBe(true);
  mine.stop();
  theirs.stop();
  await Promise.all([here.drain(), there.drain()]);
});

it('whoever could not hear gives everybody a whole lease', async () => {
  const clock = fixedClock();
  const bus = await town.connectAs('presence');
  const leases = await openGatewayLeases(bus, clock);
  expect(leases.isLive('g3', 0)).toBe(true);
  clock.advance(leaseMs * 2);
  expect(leases.isLive('g3', 0)).toBe(false);
  const { epoch } = bus;
  await town.server.restart();
  await expect.poll(() => bus.epoch).toBeGreaterThan(epoch);
  expect(leases.isLive('g3', 0)).toBe(true);
  leases.stop();
  await bus.drain();
});
