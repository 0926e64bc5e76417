import { startPostgres } from '@reveille/chassis/postgres-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inShort, phone, RouterTown, type RunningRouter, session, settings } from './testing/router-town.js';

let town: RouterTown;
let running: RunningRouter | null = null;
/** The point at which the router gives up, once; what it was doing comes again. */
let breakAt: string | null = null;
const checkpoint = (name: string): void => {
  if (name !== breakAt) return;
  breakAt = null;
  throw new Error(`broken at ${name}`);
};

beforeAll(async () => {
  town = await RouterTown.start();
});
afterAll(() => town.stop());
beforeEach(async () => {
  running = await town.openRouter([settings()], checkpoint);
});
afterEach(async () => {
  breakAt = null;
  await running?.stop();
  running = null;
});

const two = (user: string) => {
  const [one, other] = [phone(`${user}-1`), phone(`${user}-2`)];
  town.devices.set(user, [
    one,
    { ...other, alert: other.alert === null ? null : { ...other.alert, vendor: 'fcm' } },
  ]);
};

describe('a router that breaks off', () => {
  it.each([
    ['router.after-settled', [true, true]],
    ['router.between-jobs', [false, true]],
    ['router.after-jobs', [false, false]],
  ] as const)('at %s settles once, and each job is there once under its id', async (point, repeats) => {
    const user = `u-${point.slice(7)}`;
    two(user);
    breakAt = point;
    const { messageId } = await town.accept([user]);
    const jobs = await town.whenJobs(messageId, 2);
    await town.whenIdle();
    expect(breakAt).toBeNull();
    expect((await town.settled(messageId)).map(inShort)).toEqual([[`${user}-1 push`, `${user}-2 push`]]);
    const found = await town.jobs(messageId);
    expect(found.map(({ jobId }) => jobId)).toEqual([`${messageId}:0:0:apns:0`, `${messageId}:0:0:fcm:0`]);
    expect(jobs.map(({ repeat }) => repeat)).toEqual(repeats);
    for (const { repeat, targets } of found) expect(targets[0]?.sealedToken === null).toBe(repeat);
  });

  it('before a view’s rows are kept keeps them at the second time', async () => {
    town.devices.set('bob', [phone('bob-1')]);
    breakAt = 'router.before-commit';
    const { messageId } = await town.accept(['bob'], { clientMessageId: 'kept' });
    expect(await town.ask('find', { sender: 'ana', clientMessageId: 'kept' })).toMatchObject({
      found: { messageId },
    });
    expect(breakAt).toBeNull();
  });
});

it('a message that waits is handed back when its router ends, and decided by the next one', async () => {
  town.devices.set('cleo', [phone('cleo-1', { sessions: [session()] })]);
  const gateway = await town.holds('cleo', (_, answer) => answer({ type: 'holding', devices: ['cleo-1'] }));
  const { messageId } = await town.accept(['cleo']);
  await waitUntil('it is asked', () => town.asked.some(({ message }) => message.messageId === messageId));
  await running?.stop();
  expect(await town.settled(messageId)).toEqual([]);
  running = await town.openRouter([settings()], checkpoint);
  expect((await town.whenSettled(messageId)).flatMap(inShort)).toEqual(['cleo-1 push']);
  await gateway.stop();
});

it('a second router answers from the views of the first, and takes them over', async () => {
  const second = await town.openRouter([settings()], checkpoint);
  const { messageId } = await town.accept(['dora'], { clientMessageId: 'over' });
  const find = () => second.router.findMessage('demo', { sender: 'ana', clientMessageId: 'over' });
  expect(await find()).toMatchObject({ found: { messageId } });
  await running?.stop();
  running = second;
  const after = await town.accept(['dora'], { clientMessageId: 'after' });
  await waitUntil('it keeps the views up', async () => {
    const { found } = await second.router
      .findMessage('demo', { sender: 'ana', clientMessageId: 'after' })
      .catch(() => ({ found: null }));
    return found?.messageId === after.messageId;
  });
});

it('nats-server is killed while messages are on their way and held: each is settled once', async () => {
  const silent = Array.from({ length: 10 }, (_, index) => `silent-${index}`);
  const away = Array.from({ length: 40 }, (_, index) => `away-${index}`);
  for (const user of silent) town.devices.set(user, [phone(`${user}-1`, { sessions: [session()] })]);
  for (const user of away) two(user);
  const gateways = await Promise.all(
    silent.map((user) =>
      town.holds(user, (_, answer) => answer({ type: 'holding', devices: [`${user}-1`] })),
    ),
  );
  const sent = [...silent, ...away].map((user) => town.accept([user]));
  await Promise.all(sent.slice(0, 15));
  await town.nats.server.kill('SIGKILL');
  await town.nats.server.restart();
  const ids = (await Promise.all(sent)).map(({ messageId }) => messageId);
  await town.whenIdle();
  const counts = await Promise.all(ids.map(async (messageId) => (await town.settled(messageId)).length));
  expect(counts).toEqual(ids.map(() => 1));
  const jobs = await Promise.all(
    ids.map(async (messageId) => (await town.jobs(messageId)).map(({ jobId }) => jobId)),
  );
  for (const [index, found] of jobs.entries())
    expect(new Set(found).size).toBe(index < silent.length ? 1 : 2);
  await Promise.all(gateways.map((gateway) => gateway.stop()));
});

it('Postgres is killed: nothing is taken meanwhile, everything is settled once after', async () => {
  town.devices.set('bob', [phone('bob-1')]);
  const { server, port } = town.postgres;
  const { spawnargs } = server.process;
  const dataFolder = spawnargs[spawnargs.indexOf('-D') + 1] ?? '';
  const first = await town.accept(['bob']);
  await town.whenSettled(first.messageId);
  const gone = new Promise((resolve) => server.process.once('exit', resolve));
  server.kill('SIGKILL');
  await gone;
  await waitUntil(
    'the router knows',
    () =>
      running?.health.isReady() === false &&
      running.health.parts().some(({ name, isOk }) => name === 'postgres' && !isOk),
  );
  const sent = await Promise.all(Array.from({ length: 5 }, () => town.accept(['bob'])));
  await expect(town.ask('find', { sender: 'ana', clientMessageId: 'x' })).rejects.toMatchObject({
    name: 'UnavailableError',
  });
  expect(await town.settled(sent[0]?.messageId ?? '')).toEqual([]);
  const again = await startPostgres({ dataFolder, port, isFast: true });
  for (const { messageId } of sent)
    expect((await town.whenSettled(messageId)).flatMap(inShort)).toEqual(['bob-1 push']);
  await town.whenIdle();
  for (const { messageId } of sent) expect(await town.settled(messageId)).toHaveLength(1);
  const last = await town.accept(['bob'], { clientMessageId: 'last' });
  await waitUntil('the views go on', async () => {
    const { found } = (await town
      .ask('find', { sender: 'ana', clientMessageId: 'last' })
      .catch(() => ({ found: null }))) as {
      found: { messageId: string } | null;
    };
    return found?.messageId === last.messageId;
  });
  await running?.stop();
  running = null;
  await again.stop();
});
