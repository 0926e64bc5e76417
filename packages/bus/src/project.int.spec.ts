import { AckPolicy } from '@nats-io/jetstream';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import type { Delivery } from './consume.js';
import { type Checkpoint, type ProjectionHandle, type ProjectionOptions, runProjection } from './project.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { addStream, openBus } from './testing/open-bus.js';
import { waitUntil } from './testing/wait-until.js';

let server: TestNatsServer;
let bus: Bus;
let app = '';
let run = 0;
const running: ProjectionHandle[] = [];

/** A view as a database keeps it: rows and position change together or not at all. */
class View {
  rows: number[] = [];
  checkpoint: Checkpoint | null = null;
  batches = 0;
  faults = 0;

  async apply(batch: readonly Delivery[], checkpoint: Checkpoint): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.faults > 0) {
      this.faults -= 1;
      throw new Error('the database is away');
    }
    this.batches += 1;
    this.rows.push(...batch.map(({ sequence }) => sequence));
    this.checkpoint = checkpoint;
  }
}

const stream = () => `DEVICES${run}`;
const consumer = 'presence-device-directory';

beforeAll(async () => {
  server = await startNatsServer();
  bus = await openBus(server.url);
});

afterAll(async () => {
  await bus.drain();
  await server.stop();
});

beforeEach(async () => {
  run += 1;
  app = `app${run}`;
  await addStream(bus, stream(), [`im.evt.device.${app}.*`]);
  await bus.jsm.consumers.add(stream(), { durable_name: consumer, ack_policy: AckPolicy.None });
});

afterEach(async () => {
  for (const handle of running.splice(0)) await handle.stop();
});

let n = 0;
const send = (count: number, device = 'd1') =>
  Promise.all(
    Array.from({ length: count }, () =>
      bus.publisher.publish({
        subject: `im.evt.device.${app}.${device}`,
        messageId: `${app}:${n++}`,
        headers: { 'ce-type': 'user-bound' },
        data: Buffer.from('{}'),
      }),
    ),
  );

const start = async (view: View, more: Partial<ProjectionOptions> = {}) => {
  const handle = await runProjection(bus, {
    stream: stream(),
    consumer,
    startAfter: view.checkpoint,
    apply: (batch, checkpoint) => view.apply(batch, checkpoint),
    ...more,
  });
  running.push(handle);
  return handle;
};

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

it('applies everything once, in order, in batches, and follows', async () => {
  const view = new View();
  await send(2_000);
  let caughtUp = 0;
  const handle = await start(view, { onCaughtUp: () => void (caughtUp += 1) });
  await handle.whenCaughtUp(2_000);
  expect(view.rows).toEqual(oneTo(2_000));
  expect(view.batches).toBeLessThan(1_000);
  expect(handle.position()).toBe(2_000);
  await waitUntil('it says so', () => caughtUp === 1);
  await send(1);
  await handle.whenCaughtUp(2_001);
  expect(view.checkpoint?.position).toBe(2_001);
});

it('rests between batches under load, and not before the first one nor while somebody waits', async () => {
  const view = new View();
  const handle = await start(view, { restMs: 60_000 });
  await send(1);
  await waitUntil('the first is applied', () => handle.position() === 1);
  for (let sent = 0; sent < 50; sent++) await send(1);
  expect(handle.position()).toBe(1);
  await handle.whenCaughtUp(51);
  expect(view.batches).toBeLessThan(5);
  expect(view.rows).toEqual(oneTo(51));
});

it('rests again when whoever waited has given up', async () => {
  const view = new View();
  const handle = await start(view, { restMs: 60_000 });
  await send(1);
  await waitUntil('the first is applied', () => handle.position() === 1);
  const [early, late] = [AbortSignal.abort(), new AbortController()];
  const waits = [handle.whenCaughtUp(1_000, early), handle.whenCaughtUp(1_000, late.signal)];
  late.abort();
  const reason = new Error('nobody waits for 1000 any more');
  expect(await Promise.allSettled(waits)).toEqual(waits.map(() => ({ status: 'rejected', reason })));
  for (let sent = 0; sent < 20; sent++) await send(1);
  expect(handle.position()).toBe(1);
  await handle.whenCaughtUp(21);
  expect(view.batches).toBeLessThan(5);
});

it('takes any number of those who wait', async () => {
  const handle = await start(new View());
  const waiting = Array.from({ length: 150_000 }, () => handle.whenCaughtUp(1));
  expect(await Promise.all(waiting)).toHaveLength(150_000);
});

it('follows a stream that never rests, in batches', async () => {
  const view = new View();
  const startedAt = performance.now();
  const handle = await start(view, { restMs: 25 });
  for (let sent = 0; sent < 3_000; sent += 10) await send(10);
  await waitUntil('all is applied', () => handle.position() === 3_000);
  expect(view.rows).toEqual(oneTo(3_000));
  // As many as there was time for, however long this machine takes; a timer may ring a little early.
  expect(view.batches).toBeLessThan((performance.now() - startedAt) / 20 + 5);
});

it('goes on from its checkpoint, whatever the server remembers of the consumer', async () => {
  const view = new View();
  await send(100);
  const first = await start(view);
  await first.whenCaughtUp(100);
  await first.stop();
  // The last transaction is lost with the database's disk: the view stands where its own checkpoint says.
  view.rows = view.rows.slice(0, 40);
  view.checkpoint = { position: 40, streamCreatedAt: view.checkpoint?.streamCreatedAt ?? 0 };
  await send(10);
  const second = await start(view);
  await second.whenCaughtUp(110);
  expect(view.rows).toEqual(oneTo(110));
});

it('tries a batch again until the database takes it', async () => {
  const view = new View();
  view.faults = 2;
  await send(30);
  const handle = await start(view);
  await handle.whenCaughtUp(30);
  expect(view.rows).toEqual(oneTo(30));
});

it('begins anew where somebody else moved its consumer', async () => {
  const view = new View();
  await send(100);
  const handle = await start(view);
  await handle.whenCaughtUp(100);
  await bus.jsm.consumers.reset(stream(), consumer, 1);
  await send(5);
  await handle.whenCaughtUp(105);
  await bus.jsm.consumers.reset(stream(), consumer, 1_000);
  await send(1);
  await bus.jsm.consumers.reset(stream(), consumer, 107);
  await send(5);
  await handle.whenCaughtUp(111);
  expect(view.rows).toEqual(oneTo(111));
});

it('knows that it has caught up although the last messages are none of its own, or deleted', async () => {
  await addStream(bus, `MIXED${run}`, [`im.evt.push.${app}.*.*.*`]);
  const filters = [`im.evt.push.${app}.*.*.attempted`];
  await bus.jsm.consumers.add(`MIXED${run}`, {
    durable_name: 'attempts',
    ack_policy: AckPolicy.None,
    filter_subjects: filters,
  });
  const publish = (event: string, id: string) =>
    bus.publisher.publish({
      subject: `im.evt.push.${app}.1.apns.${event}`,
      messageId: `${app}:${id}`,
      data: Buffer.from('{}'),
    });
  await publish('attempted', '1');
  await publish('closed', '2');
  const view = new View();
  const handle = await start(view, { stream: `MIXED${run}`, consumer: 'attempts', filters });
  await handle.whenCaughtUp(2);
  expect(view.rows).toEqual([1]);
  await publish('closed', '3');
  const last = await publish('attempted', '4');
  await bus.jsm.streams.deleteMessage(`MIXED${run}`, last.sequence);
  await handle.whenCaughtUp(4);
  expect(view.rows.filter((sequence) => sequence < 4)).toEqual([1]);
});

it('leaves out what it cannot read and moves on', async () => {
  await send(1);
  await bus.publisher.publish({
    subject: `im.evt.device.${app}.d2`,
    messageId: `${app}:odd`,
    data: Buffer.from('{'),
  });
  await send(1);
  const view = new View();
  const handle = await start(view);
  await handle.whenCaughtUp(3);
  expect(view.rows).toEqual([1, 3]);
});

it('refuses a view of a stream that was made anew, at start and while it runs', async () => {
  const view = new View();
  await send(3);
  const handle = await start(view);
  await handle.whenCaughtUp(3);
  await bus.jsm.streams.delete(stream());
  await addStream(bus, stream(), [`im.evt.device.${app}.*`]);
  await bus.jsm.consumers.add(stream(), { durable_name: consumer, ack_policy: AckPolicy.None });
  await expect(handle.ended).rejects.toMatchObject({ name: 'StreamReplacedError' });
  await expect(start(view)).rejects.toMatchObject({ name: 'StreamReplacedError' });
});

it('goes on over a killed server, each message once and in order', async () => {
  const view = new View();
  const handle = await start(view);
  const over = new AbortController();
  const pump = (async () => {
    while (!over.signal.aborted) await send(50);
  })();
  for (let round = 0; round < 3; round++) {
    const before = view.rows.length;
    await waitUntil('messages flow', () => view.rows.length > before + 500);
    await server.kill();
    await server.restart();
  }
  over.abort();
  await pump;
  const tail = await bus.streamTail(stream());
  await handle.whenCaughtUp(tail);
  expect(view.rows).toEqual(oneTo(tail));
});
