import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { addStream, openBus } from './testing/open-bus.js';

let server: TestNatsServer;
let bus: Bus;

beforeAll(async () => {
  server = await startNatsServer();
  bus = await openBus(server.url);
  await addStream(bus, 'PUSHES', ['im.evt.push.*.*.*.*']);
  await addStream(bus, 'EMPTY', ['im.evt.app.*.*']);
  await Promise.all(
    Array.from({ length: 3_000 }, (_, n) =>
      bus.publisher.publish({
        subject: `im.evt.push.a.${n % 3}.apns.attempted`,
        messageId: `a:${n}`,
        headers: { 'ce-id': `e${n}` },
        data: Buffer.from(`{"n":${n}}`),
      }),
    ),
  );
});

afterAll(async () => {
  await bus.drain();
  await server.stop();
});

const scan = async (range: Parameters<Bus['scan']>[1]) => {
  const sequences: number[] = [];
  for await (const { sequence } of bus.scan('PUSHES', range)) sequences.push(sequence);
  return sequences;
};

it('reads a bounded part in order, whole, under one pattern, several or all', async () => {
  const all = await scan({ subjects: [], untilSequence: 3_000 });
  expect(all).toEqual(Array.from({ length: 3_000 }, (_, index) => index + 1));
  const one = await scan({ subjects: ['im.evt.push.a.1.apns.*'], untilSequence: 3_000 });
  expect(one.length).toBe(1_000);
  const two = await scan({
    subjects: ['im.evt.push.a.1.apns.*', 'im.evt.push.a.2.apns.*'],
    startSequence: 1_500,
    untilSequence: 2_000,
  });
  expect(two).toEqual([...two].sort((a, b) => a - b));
  expect(Math.min(...two)).toBeGreaterThanOrEqual(1_500);
  expect(Math.max(...two)).toBeLessThanOrEqual(2_000);
  expect(two.length).toBeGreaterThan(300);
  expect(await scan({ subjects: ['im.evt.push.b.*.*.*'], untilSequence: 3_000 })).toEqual([]);
});

it('begins at a time', async () => {
  const middle = await bus.getMessage('PUSHES', 1_501);
  const from = middle?.storedAt ?? 0;
  const found = await scan({ subjects: ['im.evt.push.a.*.apns.*'], startTime: from, untilSequence: 3_000 });
  expect(found).toContain(1_501);
  expect(found.at(-1)).toBe(3_000);
  expect(found.length).toBeLessThan(3_000);
  expect(
    await scan({
      subjects: ['im.evt.push.a.1.apns.*'],
      startTime: bus.clock.now() + 60_000,
      untilSequence: 3_000,
    }),
  ).toEqual([]);
});

it('counts what there is from a time on', async () => {
  const count = (startTime: number, ...subjects: string[]) => bus.count('PUSHES', { startTime, subjects });
  expect(await count(0, 'im.evt.push.a.1.apns.*')).toBe(1_000);
  expect(await count(0, 'im.evt.push.a.1.apns.*', 'im.evt.push.a.2.apns.*')).toBe(2_000);
  const from = (await bus.getMessage('PUSHES', 1_501))?.storedAt ?? 0;
  const found = await scan({ subjects: [], startTime: from, untilSequence: 3_000 });
  expect(await count(from, 'im.evt.push.>')).toBe(found.length);
  expect(await count(bus.clock.now() + 60_000, 'im.evt.push.>')).toBe(0);
  expect(await count(0, 'im.evt.push.b.*.*.*')).toBe(0);
});

it('gives single messages with their headers, and null for what is not there', async () => {
  expect(await bus.getMessage('PUSHES', 1)).toMatchObject({
    stream: 'PUSHES',
    sequence: 1,
    headers: { 'Nats-Msg-Id': expect.stringMatching(/^a:/) },
  });
  expect((await bus.getLastMessage('PUSHES', 'im.evt.push.a.0.apns.attempted'))?.sequence).toBeGreaterThan(
    2_990,
  );
  expect(await bus.getMessage('PUSHES', 9_999)).toBeNull();
  expect(await bus.getLastMessage('PUSHES', 'im.evt.push.zz.0.apns.attempted')).toBeNull();
  await expect(bus.getMessage('NOWHERE', 1)).rejects.toBeInstanceOf(Error);
});

it('names the tail of an empty stream, of a full one, and of one whose last message is deleted', async () => {
  expect(await bus.streamTail('EMPTY')).toBe(0);
  expect(await bus.streamTail('PUSHES')).toBe(3_000);
  const tails = await Promise.all(Array.from({ length: 100 }, () => bus.streamTail('PUSHES')));
  expect(new Set(tails)).toEqual(new Set([3_000]));
  await bus.jsm.streams.deleteMessage('PUSHES', 3_000);
  expect(await bus.streamTail('PUSHES')).toBe(3_000);
});

it('a tail asked for after a PubAck is never below it', async () => {
  for (let n = 0; n < 50; n++) {
    const others = Array.from({ length: 5 }, () => bus.streamTail('EMPTY'));
    const ack = await bus.publisher.publish({
      subject: 'im.evt.app.a.configured',
      messageId: `a:t${n}`,
      data: Buffer.from('{}'),
    });
    expect(await bus.streamTail('EMPTY')).toBeGreaterThanOrEqual(ack.sequence);
    await Promise.all(others);
  }
});
