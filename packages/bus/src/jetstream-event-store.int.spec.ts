import { ConflictError } from '@reveille/contracts/errors';
import type { EventStore } from '@reveille/eventing/event-store';
import { MemoryEventStore } from '@reveille/eventing/testing/memory-event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from './connect.js';
import { JetStreamEventStore } from './jetstream-event-store.js';
import { startNatsServer, type TestNatsServer } from './testing/nats-server.js';
import { addStream, openBus } from './testing/open-bus.js';

interface Bound {
  readonly type: 'user-bound';
  readonly user: string;
}
type Store = EventStore<string, Bound, string>;

let server: TestNatsServer;
let bus: Bus;
let snapshot: { state: string; position: number } | null = null;
let count = 0;

beforeAll(async () => {
  server = await startNatsServer();
  bus = await openBus(server.url);
  await addStream(bus, 'DEVICES', ['im.evt.device.*.*']);
});

afterAll(async () => {
  await bus.drain();
  await server.stop();
});

const jetStream = (): Store =>
  new JetStreamEventStore(bus, {
    stream: 'DEVICES',
    subjectOf: (id) => `im.evt.device.demo.${id}`,
    toFact: ({ type, user }, id) => ({
      messageId: `demo:e:${(count += 1)}`,
      envelope: {
        id: `e${count}`,
        type,
        version: 1,
        source: 'presence',
        time: 1,
        app: 'demo',
        subject: id,
        correlation: null,
        causation: null,
        traceparent: null,
        data: { user },
      },
    }),
    fromFact: ({ data }) => ({ type: 'user-bound', user: (data as { user: string }).user }),
    snapshotOf: async () => snapshot,
  });

describe.each<[string, () => Store]>([
  ['memory', () => new MemoryEventStore<string, Bound, string>((id) => id)],
  ['JetStream', jetStream],
])('event store: %s', (kind, make) => {
  const bound = (user: string): Bound => ({ type: 'user-bound', user });
  const users = async (store: Store, id: string) =>
    (await store.load(id)).events.map(({ event }) => event.user);

  it('knows nothing of a new aggregate, and gives back in order what was appended', async () => {
    const store = make();
    const id = `${kind}-1`;
    expect(await store.load(id)).toEqual({ snapshot: null, events: [], position: 0 });
    const first = await store.append(id, [bound('a')], 0);
    await store.append(`${kind}-2`, [bound('x')], 0);
    const last = await store.append(id, [bound('b'), bound('c')], first);
    expect(await users(store, id)).toEqual(['a', 'b', 'c']);
    expect((await store.load(id)).position).toBe(last);
    expect(last).toBeGreaterThan(first);
  });

  it('refuses a position that has moved', async () => {
    const store = make();
    const id = `${kind}-3`;
    const position = await store.append(id, [bound('a')], 0);
    await expect(store.append(id, [bound('b')], 0)).rejects.toMatchObject({ name: ConflictError.name });
    const both = await Promise.allSettled([
      store.append(id, [bound('c')], position),
      store.append(id, [bound('d')], position),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await users(store, id)).toHaveLength(2);
  });
});

it('reads only what follows a snapshot', async () => {
  const store = jetStream();
  const at = await store.append('s1', [{ type: 'user-bound', user: 'a' }], 0);
  await store.append('s1', [{ type: 'user-bound', user: 'b' }], at);
  snapshot = { state: 'folded', position: at };
  expect(await store.load('s1')).toMatchObject({ snapshot: 'folded', events: [{ event: { user: 'b' } }] });
  snapshot = null;
});
