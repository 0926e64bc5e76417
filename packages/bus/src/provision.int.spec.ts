import { buckets, consumersFor, type StreamDefinition, streams } from '@reveille/contracts/streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBucket } from './bucket.js';
import type { Bus } from './connect.js';
import { checkProvisioned } from './check-provisioned.js';
import { apply, type Definitions, describeDiff, plan } from './provision.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { openBus } from './testing/open-bus.js';

let server: TestNatsServer;
let bus: Bus;
const definitions: Definitions = {
  streams,
  consumers: consumersFor(['demo']),
  buckets: Object.values(buckets),
  replicas: 1,
};

beforeAll(async () => {
  server = await startNatsServer({
    configText: ({ host, port, storeDir }) =>
      `listen: "${host}:${port}"\nmax_payload: 4194304\njetstream { store_dir: ${JSON.stringify(storeDir)}, max_file_store: 21474836480 }`,
  });
  bus = await openBus(server.url);
});

afterAll(async () => {
  await bus.drain();
  await server.stop();
});

const altered = (name: string, change: Partial<StreamDefinition>): Definitions => ({
  ...definitions,
  streams: streams.map((stream) => (stream.name === name ? { ...stream, ...change } : stream)),
});

it('shows what is missing, makes it, and then has nothing to do', async () => {
  const diff = await plan(bus, definitions);
  expect(describeDiff(diff)).toContain('+ stream MESSAGES');
  expect(describeDiff(diff)).toContain('+ consumer PUSH_JOBS/push-apns-urgent-demo');
  await apply(bus, diff);
  expect(describeDiff(await plan(bus, definitions))).toEqual([]);
  await checkProvisioned(bus, definitions);
});

it('changes what can be changed', async () => {
  const changed = altered('MESSAGES', { duplicateWindowMs: 1_000, maxBytes: 1024 ** 3 });
  const diff = await plan(bus, changed);
  expect(diff.refusals).toEqual([]);
  expect(diff.steps).toHaveLength(1);
  await apply(bus, diff);
  expect((await plan(bus, changed)).steps).toEqual([]);
  expect((await bus.jsm.streams.info('MESSAGES')).config.duplicate_window).toBe(1_000_000_000);
  await apply(bus, await plan(bus, definitions));
});

it.each<[string, Definitions]>([
  ['retention', altered('DELIVERIES', { retention: 'workqueue' })],
  ['max_age', altered('DELIVERIES', { maxAgeMs: 1_000 })],
  ['max_bytes', altered('DELIVERIES', { maxBytes: 1_000 })],
  ['subjects', altered('DELIVERIES', { subjects: ['im.evt.delivery.demo.*.*'] })],
])('refuses to destroy: %s', async (field, changed) => {
  const diff = await plan(bus, changed);
  expect(diff.refusals.join()).toContain(`DELIVERIES: ${field}`);
  await expect(apply(bus, diff)).rejects.toThrow('refused, since it would destroy');
  expect((await plan(bus, definitions)).steps).toEqual([]);
});

it('names what it does not know and leaves it', async () => {
  await bus.jsm.streams.add({ name: 'FOREIGN', subjects: ['foreign.>'] });
  expect(describeDiff(await plan(bus, definitions))).toEqual([
    '? stream FOREIGN is not in the contracts and stays',
  ]);
  await apply(bus, await plan(bus, definitions));
  expect((await bus.jsm.streams.info('FOREIGN')).config.name).toBe('FOREIGN');
});

it('buckets keep the last value of a key', async () => {
  const bucket = openBucket(bus, buckets.sessionRecords.name);
  const text = (entry: { value: Uint8Array } | null) =>
    entry === null ? null : Buffer.from(entry.value).toString();
  expect(await bucket.get('a')).toBeNull();
  const revision = await bucket.put('a', Buffer.from('1'), 0);
  await expect(bucket.put('a', Buffer.from('2'), 0)).rejects.toMatchObject({ name: 'ConflictError' });
  await bucket.put('a', Buffer.from('2'), revision);
  await bucket.put('b', Buffer.from('3'));
  expect(text(await bucket.get('a'))).toBe('2');
  await bucket.remove('b');
  expect(await bucket.get('b')).toBeNull();
  const marker = await bus.getLastMessage(
    `KV_${buckets.sessionRecords.name}`,
    `$KV.${buckets.sessionRecords.name}.b`,
  );
  expect(marker?.headers['Nats-TTL']).toBe('1h');
  const keys: string[] = [];
  for await (const { key } of bucket.entries()) keys.push(key);
  expect(keys).toEqual(['a']);
});
