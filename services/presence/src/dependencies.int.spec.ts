import { afterAll, beforeAll, expect, it } from 'vitest';
import { patiently } from './testing/patiently.js';
import { type PresenceTown, startPresenceTown } from './testing/presence-town.js';

let town: PresenceTown;

beforeAll(async () => {
  town = await startPresenceTown({ isDurable: true });
  await town.start();
});
afterAll(() => town.stop());

it('goes on after Postgres was away, and has lost nothing', async () => {
  await town.register('phone-1', { user: 'ana', bindUser: true });
  await town.open('session-1', { user: 'ana', deviceId: 'phone-1' });
  const before = await town.lookup('ana');
  await town.restartPostgres();
  expect(await patiently(() => town.lookup('ana'))).toEqual(before);
  expect((await patiently(() => town.lookup('nobody')))[0]).toEqual([]);
  await patiently(() => town.register('phone-2', { user: 'eve', bindUser: true }));
  await patiently(() => town.logout('phone-1', 'ana'));
  const [[ana] = [], [eve] = []] = await patiently(() => town.lookup('ana', 'eve'));
  expect([ana?.isBound, eve?.alert?.state]).toEqual([false, 'live']);
});

it('goes on after nats-server was killed, and has lost nothing', async () => {
  await patiently(() => town.register('phone-3', { user: 'bob', bindUser: true }));
  await patiently(() => town.open('session-3', { user: 'bob', deviceId: 'phone-3' }));
  const before = await town.lookup('bob');
  await town.nats.server.restart();
  expect(await patiently(() => town.lookup('bob'))).toEqual(before);
  await patiently(() => town.logout('phone-3', 'bob'));
  expect((await patiently(() => town.lookup('bob')))[0]?.[0]?.isBound).toBe(false);
  const opened = await patiently(() => town.open('session-4', { user: 'bob', deviceId: 'phone-3' }));
  expect(opened.replaced).toEqual([{ sessionId: 'session-3', gatewayId: 'gateway-1' }]);
});
