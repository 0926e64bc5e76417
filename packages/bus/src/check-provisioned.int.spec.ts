import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { ServiceName } from '@reveille/contracts/permissions';
import { consumers, pushConsumer, type StreamName, streams } from '@reveille/contracts/streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProvisioned, consumerFault } from './check-provisioned.js';
import type { Bus } from './connect.js';
import { startNatsServer } from './testing/nats-server.js';
import { openBus } from './testing/open-bus.js';
import { startTownServer, type TownServer } from './testing/town-server.js';

const seconds = 1_000_000_000;
const days = 86_400 * seconds;

let town: TownServer;
let operator: Bus;
const services = new Map<ServiceName, Bus>();

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'demo' }] });
  operator = await town.connectAs('operator');
  for (const name of ['gateway', 'router', 'vendor-workers'] as const)
    services.set(name, await town.connectAs(name));
});
afterAll(async () => {
  for (const bus of services.values()) await bus.drain();
  await operator.drain();
  await town.stop();
});

const busOf = (name: ServiceName): Bus => services.get(name) as Bus;
const stream = (name: StreamName) => streams.filter((one) => one.name === name);
const needing = (...names: StreamName[]) => ({ streams: names.flatMap(stream), consumers: [], buckets: [] });

/** Runs with a stream as the operator has altered it, then puts it back. */
async function altered(name: StreamName, change: Partial<StreamConfig>, run: () => Promise<void>) {
  const { config } = await operator.jsm.streams.info(name);
  await operator.jsm.streams.update(name, { ...config, ...change });
  try {
    await run();
  } finally {
    await operator.jsm.streams.update(name, config);
  }
}

it('a server without streams is refused in one sentence', async () => {
  const server = await startNatsServer();
  const bus = await openBus(server.url);
  const needed = { streams: stream('MESSAGES'), consumers: [consumers.deliverMessage], buckets: [] };
  await expect(checkProvisioned(bus, needed)).rejects.toThrow(
    'the stream MESSAGES is missing: run `reveille streams apply`',
  );
  await bus.drain();
  await server.stop();
});

describe('a stream', () => {
  it.each<[StreamName, ServiceName, Partial<StreamConfig>, string]>([
    ['PUSH_JOBS', 'router', { max_msgs: 1_000 }, 'max_msgs 1000 where it must be -1'],
    ['PUSH_JOBS', 'router', { max_bytes: 1_000_000 }, 'max_bytes 1000000 where it must be -1'],
    ['PUSH_JOBS', 'vendor-workers', { max_age: days }, 'max_age 86400000 ms where it must be 0 ms'],
    [
      'PUSH_JOBS',
      'vendor-workers',
      { max_msgs_per_subject: 1 },
      'max_msgs_per_subject 1 where it must be -1',
    ],
    ['DELIVERIES', 'router', { max_age: days }, 'max_age 86400000 ms where it must be 2592000000 ms'],
    ['MESSAGES', 'gateway', { discard: 'old' }, 'discard "old" where it must be "new"'],
    ['MESSAGES', 'gateway', { max_bytes: -1 }, 'max_bytes -1 where it must be 8589934592'],
    [
      'DELIVERIES',
      'router',
      { subjects: ['im.evt.delivery.demo.*.*'] },
      'subjects ["im.evt.delivery.demo.*.*"] where it must be ["im.evt.delivery.*.*.*"]',
    ],
  ])('%s that is not what the %s counts on is refused: %o', async (name, service, change, words) => {
    await checkProvisioned(busOf(service), needing(name));
    await altered(name, change, async () => {
      await expect(checkProvisioned(busOf(service), needing(name))).rejects.toThrow(
        `the stream ${name} has ${words}: run \`reveille streams apply\``,
      );
    });
  });

  it.each<[StreamName, ServiceName, Partial<StreamConfig>]>([
    ['MESSAGES', 'gateway', { max_bytes: 1024 ** 3, max_age: 60 * days }],
    ['DELIVERIES', 'router', { max_age: 0, subjects: ['im.evt.delivery.*.*.*', 'im.evt.later.version'] }],
  ])('%s may be as the operator of the %s chooses: %o', async (name, service, change) => {
    await altered(name, change, async () => {
      await expect(checkProvisioned(busOf(service), needing(name))).resolves.toBeUndefined();
    });
  });

  it('says how long it remembers ids, and the shortest of them counts', async () => {
    const bus = busOf('router');
    await altered('PUSH_JOBS', { duplicate_window: 5 * seconds }, async () => {
      await checkProvisioned(bus, needing('DELIVERIES', 'PUSH_JOBS', 'DEAD_LETTERS'));
      expect(bus.duplicateWindowMs).toBe(5_000);
    });
    await checkProvisioned(bus, needing('DELIVERIES', 'PUSH_JOBS', 'DEAD_LETTERS'));
    expect(bus.duplicateWindowMs).toBe(120_000);
  });
});

describe('a consumer', () => {
  it.each<[Partial<ConsumerConfig>, string]>([
    [{ ack_wait: 30 * seconds }, 'ack_wait 30000 ms where it must be 15000 ms'],
    [{ max_ack_pending: 1_000 }, 'max_ack_pending 1000 where it must be 50000'],
    [{ max_deliver: 3 }, 'max_deliver 3 where it must be -1'],
    [
      { filter_subjects: ['im.evt.message.*.*.*'] },
      'filter_subjects ["im.evt.message.*.*.*"] where it must be ["im.evt.message.*.*.accepted"]',
    ],
  ])('that is not what the router counts on is refused: %o', async (change, words) => {
    const { stream: of, name } = consumers.deliverMessage;
    const needed = { ...needing('MESSAGES'), consumers: [consumers.deliverMessage] };
    await checkProvisioned(busOf('router'), needed);
    const { config } = await operator.jsm.consumers.info(of, name);
    await operator.jsm.consumers.update(of, name, { ...config, ...change });
    await expect(checkProvisioned(busOf('router'), needed)).rejects.toThrow(
      `the consumer MESSAGES/router-deliver-message has ${words}: run \`reveille streams apply\``,
    );
    await operator.jsm.consumers.update(of, name, config);
  });

  it('of an app is looked at by the workers, paused or not', async () => {
    const [there, missing] = (['demo', 'nobody'] as const).map((app) => pushConsumer('apns', 'normal', app));
    if (there === undefined || missing === undefined) throw new Error('two consumers');
    await operator.jsm.consumers.pause(there.stream, there.name, new Date(Date.now() + 60_000));
    expect(await consumerFault(busOf('vendor-workers'), there)).toBeNull();
    expect(await consumerFault(busOf('vendor-workers'), missing)).toBe(
      'the consumer PUSH_JOBS/push-apns-normal-nobody is missing: run `reveille streams apply`',
    );
  });
});
