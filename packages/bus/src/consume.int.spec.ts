import { AckPolicy, RetentionPolicy } from '@nats-io/jetstream';
import { ContractError, UnavailableError } from '@reveille/contracts/errors';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import { type ConsumerOptions, type Delivery, runConsumer } from './consume.js';
import { done, handBack, later, leave, park } from './disposition.js';
import { pauseConsumer, resumeConsumer } from './pause-consumer.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { addStream, openBus } from './testing/open-bus.js';
import { type RecordingLogger, recordingLogger } from './testing/recording-logger.js';
import { startTcpProxy } from './testing/tcp-proxy.js';
import { waitUntil } from './testing/wait-until.js';

let server: TestNatsServer;
let bus: Bus;
let consumer = '';
let run = 0;

beforeAll(async () => {
  server = await startNatsServer();
  bus = await openBus(server.url);
  await addStream(bus, 'PUSH_JOBS', ['im.job.push.*.*.*', 'im.job.push-later.*.*.*.*'], {
    allow_msg_schedules: true,
  });
  await addStream(bus, 'DEAD_LETTERS', ['im.dead.*.*']);
});

afterAll(async () => {
  await bus.drain();
  await server.stop();
});

beforeEach(async () => {
  run += 1;
  consumer = `push-apns-normal-app${run}`;
  await addConsumer();
});

const addConsumer = (ackWaitMs = 2_000) =>
  bus.jsm.consumers.add('PUSH_JOBS', {
    durable_name: consumer,
    ack_policy: AckPolicy.Explicit,
    ack_wait: ackWaitMs * 1_000_000,
    max_ack_pending: 2_000,
    filter_subjects: [`im.job.push.apns.normal.app${run}`],
  });

async function setAckWait(milliseconds: number): Promise<void> {
  const { config } = await bus.jsm.consumers.info('PUSH_JOBS', consumer);
  await bus.jsm.consumers.update('PUSH_JOBS', consumer, { ...config, ack_wait: milliseconds * 1_000_000 });
}

const send = (n: number, body: unknown = { n }) =>
  bus.publisher.publish({
    subject: `im.job.push.apns.normal.app${run}`,
    messageId: `app${run}:${n}`,
    headers: { 'ce-type': 'push-job' },
    data: Buffer.from(JSON.stringify(body)),
  });

const start = (handle: ConsumerOptions['handle'], more: Partial<ConsumerOptions> = {}) =>
  runConsumer(bus, { stream: 'PUSH_JOBS', consumer, maxInFlight: 10, handle, ...more });

const pending = async () => {
  const info = await bus.jsm.consumers.info('PUSH_JOBS', consumer);
  return { unacknowledged: info.num_ack_pending, waiting: info.num_pending };
};

const letters = async () => {
  const found: Record<string, unknown>[] = [];
  const untilSequence = await bus.streamTail('DEAD_LETTERS');
  const subjects = [`im.dead.PUSH_JOBS.${consumer}`];
  for await (const { data } of bus.scan('DEAD_LETTERS', { subjects, untilSequence })) {
    found.push(JSON.parse(Buffer.from(data).toString()) as Record<string, unknown>);
  }
  return found;
};

describe('dispositions', () => {
  it('done: acknowledged, with a window that is never exceeded', async () => {
    let most = 0;
    const seen: number[] = [];
    for (let n = 0; n < 200; n++) await send(n);
    const handle = start(async ({ envelope }) => {
      most = Math.max(most, handle.inFlight());
      await new Promise((resolve) => setImmediate(resolve));
      seen.push((envelope.data as { n: number }).n);
      return done;
    });
    await waitUntil('all are handled', () => seen.length === 200);
    expect(seen.length).toBe(200);
    expect(most).toBeLessThanOrEqual(10);
    await waitUntil('all are acknowledged', async () => (await pending()).unacknowledged === 0);
    await handle.stop();
  });

  it('waiting: those that only wait give their places to others, up to a number', async () => {
    for (let n = 0; n < 9; n++) await send(n);
    const open: (() => void)[] = [];
    const handle = start(
      async (delivery) => {
        delivery.waiting();
        await new Promise<void>((resolve) => open.push(resolve));
        delivery.waiting();
        return done;
      },
      { maxInFlight: 2, maxWaiting: 3 },
    );
    await waitUntil('two work and three wait', () => open.length === 5);
    expect([handle.inFlight(), await pending()]).toEqual([5, { unacknowledged: 5, waiting: 4 }]);
    let ended = 0;
    while (ended < 9) {
      await waitUntil('somebody is there', () => open.length > 0);
      ended += 1;
      open.shift()?.();
    }
    await waitUntil('all are acknowledged', async () => (await pending()).unacknowledged === 0);
    await handle.stop();
  });

  it('park: a dead letter without secrets first, then the end', async () => {
    const ack = await send(1, { n: 1, targets: [{ user: 'u', sealedToken: 'v1.k.secret' }] });
    const handle = start(async () => park('too odd'));
    await waitUntil('the letter is there', async () => (await letters()).length === 1);
    expect((await letters())[0]).toMatchObject({
      stream: 'PUSH_JOBS',
      consumer,
      sequence: ack.sequence,
      reason: 'too odd',
      attempts: 1,
      data: { n: 1, targets: [{ user: 'u' }] },
    });
    expect(JSON.stringify(await letters())).not.toContain('secret');
    await waitUntil('it is over', async () => (await pending()).unacknowledged === 0);
    await handle.stop();
  });

  it('leave: comes again after the ack wait, as a repeat; handBack: at once', async () => {
    // Longer than anybody waits here: what is handed back does not come again by it.
    await setAckWait(600_000);
    const seen: { n: number; count: number; isRepeat: boolean }[] = [];
    const handle = start(async ({ envelope, deliveryCount, isRepeat }) => {
      const { n } = envelope.data as { n: number };
      seen.push({ n, count: deliveryCount, isRepeat });
      if (deliveryCount > 1) return done;
      return n === 1 ? leave('not now') : handBack;
    });
    await waitUntil(
      'pulling',
      async () => (await bus.jsm.consumers.info('PUSH_JOBS', consumer)).num_waiting > 0,
    );
    await send(2);
    await waitUntil('handed back and taken again', () => seen.length === 2);
    await setAckWait(2_000);
    await send(1);
    await waitUntil('left and taken again', () => seen.length === 4);
    expect(seen).toEqual([
      { n: 2, count: 1, isRepeat: false },
      { n: 2, count: 2, isRepeat: true },
      { n: 1, count: 1, isRepeat: false },
      { n: 1, count: 2, isRepeat: true },
    ]);
    await handle.stop();
  });

  it('later: a schedule in the same stream, then done', async () => {
    const seen: string[] = [];
    const handle = start(
      async ({ envelope, headers }) => {
        seen.push(headers['Nats-Msg-Id'] ?? 'fired');
        return (envelope.data as { attempt?: number }).attempt === 2 ? done : later(300, 'throttled');
      },
      {
        reschedule: ({ subject }, afterMs) => ({
          subject: `im.job.push-later.apns.normal.app${run}.j1`,
          messageId: `app${run}:w:j1`,
          data: Buffer.from('{"attempt":2}'),
          schedule: { at: bus.clock.now() + afterMs, target: subject },
        }),
      },
    );
    await send(1);
    await waitUntil('the schedule has fired', () => seen.length === 2);
    expect(seen).toEqual([`app${run}:1`, 'fired']);
    await handle.stop();
  });
});

describe('faults', () => {
  it('a contract’s error and a body that is no JSON park at once', async () => {
    await send(1);
    await bus.publisher.publish({
      subject: `im.job.push.apns.normal.app${run}`,
      messageId: `app${run}:x`,
      data: Buffer.from('{'),
    });
    const handle = start(async () => {
      throw new ContractError('no such vendor');
    });
    await waitUntil('both letters', async () => (await letters()).length === 2);
    expect((await letters()).map(({ attempts }) => attempts)).toEqual([1, 1]);
    await handle.stop();
  });

  it('a bug parks after the fifth delivery', async () => {
    await send(1);
    let tries = 0;
    const handle = start(
      async () => {
        tries += 1;
        throw new TypeError('undefined is not a function');
      },
      { parkAfter: 3 },
    );
    await waitUntil('the letter', async () => (await letters()).length === 1);
    expect(tries).toBe(3);
    expect((await letters())[0]).toMatchObject({
      attempts: 3,
      reason: 'failed 3 times: undefined is not a function',
    });
    await handle.stop();
  });

  it('a missing dependency stops the pulling, parks nothing, and everything runs when it is back', async () => {
    let isUp = false;
    let tries = 0;
    const handled = new Set<number>();
    const logger = recordingLogger();
    for (let n = 0; n < 50; n++) await send(n);
    const handle = start(
      async ({ envelope }) => {
        tries += 1;
        if (!isUp) throw new UnavailableError('no database');
        handled.add((envelope.data as { n: number }).n);
        return done;
      },
      { ackWaitMs: 2_000, logger },
    );
    await waitUntil('it waits', () => handle.isWaiting());
    // How many it took before the first fault came back depends on how they arrived.
    const before = tries;
    expect(before).toBeLessThanOrEqual(10);
    await waitUntil('it has probed twice', () => tries >= before + 2);
    expect(tries).toBeLessThan(before + 5);
    isUp = true;
    await waitUntil('all are handled', () => handled.size === 50);
    expect(handle.isWaiting()).toBe(false);
    expect(await letters()).toEqual([]);
    // Said once, however many missed it.
    const said = logger.lines.filter(({ level }) => level === 'warn' || level === 'info');
    expect(said.map(({ message }) => message)).toEqual([
      'a dependency is missing, waiting for it',
      'the dependency is back',
    ]);
    await handle.stop();
  });

  it('a dependency that hangs before it fails is tried with one message at a time', async () => {
    let isUp = false;
    let hanging: (() => void)[] = [];
    const fail = (): void => {
      for (const reject of hanging.splice(0)) reject();
    };
    const handled = new Set<number>();
    for (let n = 0; n < 50; n++) await send(n);
    const handle = start(async ({ envelope }) => {
      if (!isUp)
        await new Promise<void>((_, reject) =>
          hanging.push(() => reject(new UnavailableError('no answer in time'))),
        );
      handled.add((envelope.data as { n: number }).n);
      return done;
    });
    await waitUntil('everything hangs', () => hanging.length === 10);
    fail();
    for (let round = 0; round < 2; round++) {
      await waitUntil('one is tried', () => hanging.length > 0);
      const since = performance.now();
      await waitUntil('it has been silent for longer than anybody’s patience', () => {
        expect([hanging.length, handle.isWaiting()]).toEqual([1, true]);
        return performance.now() - since > 800;
      });
      fail();
    }
    isUp = true;
    fail();
    hanging = [];
    await waitUntil('all are handled', () => handled.size === 50);
    expect(handle.isWaiting()).toBe(false);
    await handle.stop();
  });

  it('a probe that only waits for somebody ends the outage; a message that was taken before it does not', async () => {
    let isUp = false;
    let tries = 0;
    const logger = recordingLogger();
    const isBack = () => logger.lines.some(({ message }) => message === 'the dependency is back');
    const [before, after] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const handle = start(
      async (delivery) => {
        const isFirst = (delivery.envelope.data as { n: number }).n === 0;
        if (!isFirst) tries += 1;
        if (!isFirst && !isUp) throw new UnavailableError('no answer');
        delivery.waiting();
        await (isFirst ? before.promise : after.promise);
        return done;
      },
      { maxWaiting: 10, logger },
    );
    await send(0);
    await waitUntil('one waits', () => handle.inFlight() === 1);
    await send(1);
    await waitUntil('the other has failed', () => handle.isWaiting());
    before.resolve();
    await waitUntil('the first is handled', () => handle.inFlight() === 0);
    const at = tries;
    await waitUntil('it is probed', () => tries > at);
    expect(isBack()).toBe(false);
    isUp = true;
    await waitUntil('it is back', isBack);
    expect([handle.isWaiting(), handle.inFlight()]).toEqual([false, 1]);
    after.resolve();
    await waitUntil('all are acknowledged', async () => (await pending()).unacknowledged === 0);
    await handle.stop();
  });

  it('a probe that never ends does not stop the others for good', async () => {
    const deliveries: number[] = [];
    const never = Promise.withResolvers<void>();
    const handle = start(
      async ({ envelope, deliveryCount }) => {
        const { n } = envelope.data as { n: number };
        deliveries.push(n);
        if (n === 0 && deliveryCount === 1) throw new UnavailableError('no answer');
        if (n === 0 && deliveryCount === 2) await never.promise;
        return done;
      },
      { ackWaitMs: 2_000 },
    );
    await send(0);
    await waitUntil('its second delivery hangs', () => deliveries.length === 2);
    expect(handle.isWaiting()).toBe(true);
    await send(1);
    await waitUntil('the other one is taken', () => deliveries.includes(1));
    await waitUntil('everything runs again', () => !handle.isWaiting());
    never.resolve();
    await handle.stop();
  });
});

describe('pulling', () => {
  it('pauses by its owner and by the server, and hands back what still arrives', async () => {
    let handled = 0;
    const handle = start(async () => {
      handled += 1;
      return done;
    });
    await waitUntil(
      'pulling',
      async () => (await bus.jsm.consumers.info('PUSH_JOBS', consumer)).num_waiting > 0,
    );
    handle.pause();
    await waitUntil(
      'not pulling',
      async () => (await bus.jsm.consumers.info('PUSH_JOBS', consumer)).num_waiting === 0,
    );
    await send(1);
    // The server counts a message for its consumers a moment after its PubAck.
    await waitUntil('the message waits', async () => (await pending()).waiting === 1);
    expect(handled).toBe(0);
    handle.resume();
    await waitUntil('resumed', () => handled === 1);

    await pauseConsumer(bus, 'PUSH_JOBS', consumer, bus.clock.now() + 60_000);
    await send(2);
    await waitUntil('the server holds it back', async () => (await pending()).waiting === 1);
    await resumeConsumer(bus, 'PUSH_JOBS', consumer);
    await waitUntil('resumed by the server', () => handled === 2);
    await handle.stop();
  });

  it('takes a backlog of large messages in parts', async () => {
    const filler = 'x'.repeat(1024 * 1024);
    for (let n = 0; n < 80; n++) await send(n, { n, filler });
    const own = await openBus(server.url);
    const seen = new Set<number>();
    const handle = runConsumer(own, {
      stream: 'PUSH_JOBS',
      consumer,
      maxInFlight: 1_000,
      handle: async ({ envelope }) => {
        seen.add((envelope.data as { n: number }).n);
        // A busy process reads slowly; the server would not wait for it beyond 64 MiB.
        const until = performance.now() + 30;
        while (performance.now() < until);
        return done;
      },
    });
    await waitUntil('all are handled', () => seen.size === 80);
    expect(own.epoch).toBe(1);
    expect((own.logger as RecordingLogger).lines).toEqual([]);
    await waitUntil('all are acknowledged', async () => (await pending()).unacknowledged === 0);
    await handle.stop();
    await own.drain();
  });

  it('says that its consumer is missing, and runs when it is made', async () => {
    await bus.jsm.consumers.delete('PUSH_JOBS', consumer);
    let handled = 0;
    const handle = start(async () => {
      handled += 1;
      return done;
    });
    const { lines } = bus.logger as RecordingLogger;
    await waitUntil('it complains', () =>
      lines.some(
        ({ message, fields }) => message === 'pulling was interrupted' && fields.consumer === consumer,
      ),
    );
    await addConsumer();
    await send(1);
    await waitUntil('it runs', () => handled === 1);
    await bus.jsm.consumers.delete('PUSH_JOBS', consumer);
    await addConsumer();
    expect(handled).toBe(1);
    await waitUntil(
      'it runs again',
      async () => (await bus.jsm.consumers.info('PUSH_JOBS', consumer)).num_waiting > 0,
    );
    await handle.stop();
  });

  it('stops with everything at hand finished and nothing stranded', async () => {
    for (let n = 0; n < 100; n++) await send(n);
    const release: (() => void)[] = [];
    let finished = 0;
    const handle = start(async () => {
      await new Promise<void>((resolve) => release.push(resolve));
      finished += 1;
      return done;
    });
    await waitUntil('the window is full', () => release.length === 10);
    const stopped = handle.stop();
    for (const let_ of release) let_();
    await stopped;
    expect(finished).toBe(10);
    await waitUntil('nothing is left unacknowledged', async () => (await pending()).unacknowledged === 0);
    expect((await pending()).waiting).toBe(90);
  });
});

describe('over a killed server', () => {
  it('goes on by itself, loses nothing, and marks what comes again', async () => {
    const seen = new Map<number, Delivery[]>();
    const handle = start(
      async (delivery) => {
        seen.set(delivery.sequence, [...(seen.get(delivery.sequence) ?? []), delivery]);
        return done;
      },
      { maxInFlight: 200 },
    );
    const acked: number[] = [];
    const over = new AbortController();
    let n = 0;
    const pump = (async () => {
      while (!over.signal.aborted) {
        const acks = await Promise.all(Array.from({ length: 50 }, () => send(n++)));
        acked.push(...acks.map(({ sequence }) => sequence));
      }
    })();
    for (let round = 0; round < 3; round++) {
      const before = seen.size;
      await waitUntil('messages flow', () => seen.size > before + 500);
      await server.kill();
      await server.restart();
      const upAt = performance.now();
      const at = seen.size;
      await waitUntil('messages flow again', () => seen.size > at);
      // Well before a pull that went down with the server would have run out.
      expect(performance.now() - upAt).toBeLessThan(10_000);
    }
    over.abort();
    await pump;
    await waitUntil('all are handled', () => acked.every((sequence) => seen.has(sequence)), 20_000);
    const unmarked = [...seen.values()].flatMap((deliveries) =>
      deliveries.slice(1).filter(({ isRepeat }) => !isRepeat),
    );
    expect(unmarked).toEqual([]);
    await handle.stop();
  });

  it('a message that was there before the connection is a repeat, a later one is not', async () => {
    await send(1);
    const own = await openBus(server.url);
    const seen: boolean[] = [];
    const handle = runConsumer(own, {
      stream: 'PUSH_JOBS',
      consumer,
      maxInFlight: 10,
      handle: async ({ isRepeat }) => {
        seen.push(isRepeat);
        return done;
      },
    });
    await waitUntil('the first', () => seen.length === 1);
    await send(2);
    await waitUntil('the second', () => seen.length === 2);
    expect(seen).toEqual([true, false]);
    await handle.stop();
    await own.drain();
  });

  it('what a work queue took, removed and forgot is a repeat when its publisher sends it again', async () => {
    await addStream(bus, 'QUEUE', ['im.evt.app.*.*'], { retention: RetentionPolicy.Workqueue });
    await bus.jsm.consumers.add('QUEUE', { durable_name: 'queue', ack_policy: AckPolicy.Explicit });
    const seen: [string, boolean][] = [];
    const handle = runConsumer(bus, {
      stream: 'QUEUE',
      consumer: 'queue',
      maxInFlight: 10,
      handle: async ({ headers, isRepeat }) => {
        seen.push([headers['Nats-Msg-Id'] ?? '', isRepeat]);
        return done;
      },
    });
    const job = (messageId: string) => ({
      subject: 'im.evt.app.a.configured',
      messageId,
      headers: { 'ce-type': 'push-job' },
      data: Buffer.from('{}'),
    });
    const proxy = await startTcpProxy(server.port);
    const far = await openBus(proxy.url);
    proxy.swallowAnswers();
    const published = far.publisher.publish(job('a:1'));
    await waitUntil(
      'it is taken and removed',
      async () => seen.length === 1 && (await bus.jsm.streams.info('QUEUE')).state.messages === 0,
    );
    await server.kill();
    await server.restart();
    await bus.publisher.publish(job('a:2'));
    await waitUntil('the consumer is back', () => seen.length === 2);
    proxy.cut();
    // Stored a second time: the server does not know it any more.
    expect(await published).toMatchObject({ sequence: 3, isDuplicate: false });
    await waitUntil('it comes again', () => seen.length === 3);
    expect(seen).toEqual([
      ['a:1', false],
      ['a:2', seen[1]?.[1]],
      ['a:1', true],
    ]);
    await handle.stop();
    await far.drain();
    await proxy.stop();
  });
});
