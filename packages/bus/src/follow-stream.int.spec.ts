import { openBucket } from './bucket.js';
import type { Bus } from './connect.js';
import { startTownServer, type TownServer } from './testing/town-server.js';
import { buckets } from '@reveille/contracts/streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { followStream } from './follow-stream.js';
import { StreamCursor, type StreamView } from './stream-cursor.js';

const { name } = buckets.sessionRecords;
const followed = { stream: `KV_${name}`, subject: `$KV.${name}.>` };
let town: TownServer;
let reader: Bus;
let writer: Bus;

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'chat' }] });
  [reader, writer] = await Promise.all([town.connectAs('presence'), town.connectAs('presence')]);
});
afterAll(async () => {
  await Promise.all([reader.drain(), writer.drain()]);
  await town.stop();
});

function viewOf(): StreamView & { readonly values: Map<string, string>; resets: number } {
  const values = new Map<string, string>();
  return {
    values,
    resets: 0,
    apply({ subject, data }) {
      const key = subject.split('.').at(-1) ?? '';
      if (data.length === 0) values.delete(key);
      else values.set(key, Buffer.from(data).toString());
    },
    reset() {
      this.resets += 1;
      values.clear();
    },
  };
}

it('has what is there, what others write and what they remove, over a restart of the server', async () => {
  const bucket = openBucket(writer, name);
  await bucket.put('chat.a', Buffer.from('1'));
  const view = viewOf();
  const follower = await followStream(reader, followed, view);
  expect([...view.values]).toEqual([['a', '1']]);
  await bucket.put('chat.b', Buffer.from('2'));
  await expect.poll(() => view.values.get('b')).toBe('2');
  await bucket.remove('chat.a');
  await expect.poll(() => view.values.has('a')).toBe(false);
  await town.server.restart();
  const revision = await bucket.put('chat.c', Buffer.from('3'));
  await expect.poll(() => [...view.values.keys()]).toEqual(['b', 'c']);
  await follower.reach(revision);
  expect(view.resets).toBe(0);
  follower.stop();
  await expect(follower.reach(revision + 1)).rejects.toThrow('not followed any more');
});

it('a cursor that starts at the end sees only what follows, and forgets when too much did', async () => {
  const bucket = openBucket(writer, name);
  const view = viewOf();
  const cursor = new StreamCursor(reader, { stream: followed.stream, longestGap: 3 }, view);
  await cursor.readOn();
  expect(view.values.size).toBe(0);
  await bucket.put('chat.d', Buffer.from('4'));
  await Promise.all([cursor.readOn(), cursor.readOn(), cursor.readOn()]);
  expect([...view.values]).toEqual([['d', '4']]);
  for (let i = 0; i < 4; i += 1) await bucket.put(`chat.e${i}`, Buffer.from('5'));
  await cursor.readOn();
  expect([view.values.size, view.resets]).toEqual([0, 1]);
  expect(cursor.position).toBe(await reader.streamTail(followed.stream));
  cursor.rewind();
  await cursor.readOn();
  expect(view.resets).toBeGreaterThan(1);
});
