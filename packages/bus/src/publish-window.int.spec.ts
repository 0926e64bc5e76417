import { DiscardPolicy } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { addStream, openBus } from './testing/open-bus.js';
import { startTcpProxy } from './testing/tcp-proxy.js';
import { waitUntil } from './testing/wait-until.js';

const data = Buffer.from('{}');

describe('publish window', () => {
  let server: TestNatsServer;
  let bus: Bus;

  beforeAll(async () => {
    server = await startNatsServer();
    bus = await openBus(server.url);
    await addStream(bus, 'DEVICES', ['im.evt.device.*.*']);
    await addStream(bus, 'SMALL', ['im.evt.app.*.*'], { max_msgs: 2, discard: DiscardPolicy.New });
  });

  afterAll(async () => {
    await bus.drain();
    await server.stop();
  });

  it('keeps its promise with the PubAck, and names the original of a duplicate', async () => {
    const message = { subject: 'im.evt.device.a.d1', messageId: 'a:1', data };
    const first = await bus.publisher.publish(message);
    expect(first).toMatchObject({ stream: 'DEVICES', isDuplicate: false });
    expect(await bus.publisher.publish(message)).toEqual({ ...first, isDuplicate: true });
  });

  it('writes an envelope so that it reads the same', async () => {
    const envelope = {
      id: '0192b3a4-0000-7000-8000-000000000001',
      type: 'user-bound',
      version: 2,
      source: 'presence',
      time: 1_700_000_000_123,
      app: 'a',
      subject: 'gerät 1 ✓',
      correlation: 'c1',
      causation: null,
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      data: { user: 'u1' },
    };
    const ack = await bus.publisher.publishFact({
      subject: 'im.evt.device.a.d9',
      messageId: 'a:fact',
      envelope,
    });
    const stored = await bus.getMessage('DEVICES', ack.sequence);
    const { decodeFact } = await import('./codec.js');
    expect(stored && decodeFact(stored)).toEqual(envelope);
  });

  it('tells a moved position, a full stream, an absent stream, a bad message apart', async () => {
    const at = (n: number) => ({
      subject: 'im.evt.device.a.d2',
      messageId: `a:d2:${n}`,
      data,
      expectedLastSubjectSequence: 0,
    });
    await bus.publisher.publish(at(1));
    await expect(bus.publisher.publish(at(2))).rejects.toMatchObject({ name: 'ConflictError' });

    for (const n of [1, 2])
      await bus.publisher.publish({ subject: 'im.evt.app.a.configured', messageId: `a:f${n}`, data });
    await expect(
      bus.publisher.publish({ subject: 'im.evt.app.a.configured', messageId: 'a:f3', data }),
    ).rejects.toMatchObject({ name: 'StreamFullError' });

    const hasty = await openBus(server.url, { publishWindow: { absenceMs: 300 } });
    await expect(
      hasty.publisher.publish({ subject: 'im.evt.nowhere.a', messageId: 'a:n', data }),
    ).rejects.toMatchObject({ name: 'UnavailableError' });
    await hasty.drain();

    await expect(
      bus.publisher.publish({ subject: 'im.evt.device.a.d2', messageId: 'a:\r\nNats-Rollup: all', data }),
    ).rejects.toMatchObject({ name: 'ContractError' });
    const tooLarge = Buffer.alloc(5 * 1024 * 1024);
    await expect(
      bus.publisher.publish({ subject: 'im.evt.device.a.d2', messageId: 'a:big', data: tooLarge }),
    ).rejects.toMatchObject({ name: 'ContractError' });
    expect(bus.publisher.pending()).toBe(0);
  });

  it('waits for an absent stream that comes', async () => {
    const published = bus.publisher.publish({
      subject: 'im.evt.session.a.1.opened',
      messageId: 'a:late',
      data,
    });
    await addStream(bus, 'SESSIONS', ['im.evt.session.*.*.*']);
    expect(await published).toMatchObject({ stream: 'SESSIONS' });
  });

  it('keeps at most the window in flight, in order, and flushes', async () => {
    const narrow = await openBus(server.url, { publishWindow: { limit: 3 } });
    const acks = Array.from({ length: 500 }, (_, n) =>
      narrow.publisher.publish({ subject: 'im.evt.device.a.order', messageId: `a:order:${n}`, data }),
    );
    expect(narrow.publisher.pending()).toBe(500);
    await narrow.publisher.flush();
    expect(narrow.publisher.pending()).toBe(0);
    const sequences = (await Promise.all(acks)).map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
    await narrow.drain();
  });

  it('sends again after silence, and what was stored by the lost copy is no conflict', async () => {
    const proxy = await startTcpProxy(server.port);
    const far = await openBus(proxy.url, { publishWindow: { silenceMs: 200 } });
    const tailBefore = await bus.streamTail('DEVICES');
    proxy.swallowAnswers();
    const published = far.publisher.publish({
      subject: 'im.evt.device.a.lost',
      messageId: 'a:lost',
      data,
      expectedLastSubjectSequence: 0,
    });
    await waitUntil('the first copy is stored', async () => (await bus.streamTail('DEVICES')) > tailBefore);
    proxy.cut();
    expect(await published).toEqual({ stream: 'DEVICES', sequence: tailBefore + 1, isDuplicate: true });
    expect(await bus.streamTail('DEVICES')).toBe(tailBefore + 1);
    await far.drain();
    await proxy.stop();
  });

  it('gives up after half the deduplication window and says so', async () => {
    const proxy = await startTcpProxy(server.port);
    const far = await openBus(proxy.url, { publishWindow: { limit: 1, silenceMs: 200, giveUpMs: 600 } });
    proxy.swallowAnswers();
    const both = ['a:g1', 'a:g2'].map((messageId) =>
      far.publisher.publish({ subject: 'im.evt.device.a.g', messageId, data }),
    );
    for (const one of both) await expect(one).rejects.toMatchObject({ name: 'UnavailableError' });
    await far.nc.close();
    await proxy.stop();
  });

  it('sends nothing again that its stream may have forgotten, however short it remembers', async () => {
    await addStream(bus, 'SHORT', ['im.evt.push.*.*.*.*'], { duplicate_window: 6_000_000_000 });
    const proxy = await startTcpProxy(server.port);
    const far = await openBus(proxy.url, { publishWindow: { silenceMs: 100 } });
    far.useDuplicateWindow(6_000);
    proxy.swallowAnswers();
    const bornAt = performance.now();
    const subject = 'im.evt.push.a.7.apns.attempted';
    const published = far.publisher.publish({ subject, messageId: 'a:short', data });
    await expect(published).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(performance.now() - bornAt).toBeLessThan(6_000);
    // The stream has forgotten it by then; a copy that comes now would be stored.
    await waitUntil('another id is forgotten', async () => {
      const ack = await bus.publisher.publish({ subject, messageId: 'a:other', data });
      return ack.sequence > 2;
    });
    proxy.cut();
    await waitUntil('the connection is back', () => far.epoch > 1);
    await far.nc.flush();
    const untilSequence = await bus.streamTail('SHORT');
    const ids: string[] = [];
    for await (const { headers } of bus.scan('SHORT', { subjects: [], untilSequence }))
      ids.push(headers['Nats-Msg-Id'] ?? '');
    expect(ids.filter((id) => id === 'a:short')).toHaveLength(1);
    await far.drain();
    await proxy.stop();
  });
});

describe('publish window over a killed server', () => {
  it('loses no PubAck and stores nothing twice', async () => {
    const server = await startNatsServer();
    const bus = await openBus(server.url);
    await addStream(bus, 'DEVICES', ['im.evt.device.*.*']);
    const acked = new Map<string, number>();
    const over = new AbortController();
    let sent = 0;
    const pump = (async () => {
      while (!over.signal.aborted) {
        await Promise.all(
          Array.from({ length: 100 }, async () => {
            const messageId = `a:${sent++}`;
            const ack = await bus.publisher.publish({
              subject: `im.evt.device.a.d${sent % 50}`,
              messageId,
              data,
            });
            acked.set(messageId, ack.sequence);
          }),
        );
      }
    })();
    for (let round = 0; round < 3; round++) {
      const before = acked.size;
      await waitUntil('messages flow', () => acked.size > before + 1_000);
      await server.kill();
      await server.restart();
    }
    const before = acked.size;
    await waitUntil('messages flow again', () => acked.size > before + 1_000);
    over.abort();
    await pump;

    const stored = new Map<string, number[]>();
    const untilSequence = await bus.streamTail('DEVICES');
    for await (const { headers, sequence } of bus.scan('DEVICES', { subjects: [], untilSequence })) {
      const id = headers['Nats-Msg-Id'] ?? '';
      stored.set(id, [...(stored.get(id) ?? []), sequence]);
    }
    expect(acked.size).toBe(sent);
    expect([...acked.keys()].filter((id) => !stored.has(id))).toEqual([]);
    expect([...stored.values()].filter((sequences) => sequences.length > 1)).toEqual([]);
    await bus.drain();
    await server.stop();
  });
});

it('says that the disk’s share is used up, and loses nothing of what it has confirmed', async () => {
  const server = await startNatsServer({
    configText: ({ host, port, storeDir }) =>
      `listen: "${host}:${port}"\nmax_payload: 4194304\njetstream { store_dir: ${JSON.stringify(storeDir)}, max_file_store: 2097152 }`,
  });
  const bus = await openBus(server.url);
  await addStream(bus, 'DEVICES', ['im.evt.device.*.*']);
  const big = Buffer.alloc(64 * 1024);
  const outcomes = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      bus.publisher.publish({ subject: 'im.evt.device.a.d', messageId: `a:${n}`, data: big }),
    ),
  );
  const stored = outcomes.filter(({ status }) => status === 'fulfilled').length;
  const names = outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [(outcome.reason as Error).name] : [],
  );
  expect(stored).toBeGreaterThan(10);
  expect(new Set(names)).toEqual(new Set(['StreamFullError']));
  expect((await bus.jsm.streams.info('DEVICES')).state.messages).toBe(stored);
  await bus.drain();
  await server.stop();
});
