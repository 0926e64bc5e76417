import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { pushClosedSchema } from '@reveille/contracts/push/events';
import type { PushJob } from '@reveille/contracts/push/job';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPushHistory } from './push-history.js';
import { openPushJournal } from './push-journal.js';
import { openPushPast } from './push-past.js';

let server: TownServer;
let bus: Bus;
/** One of each partition: a crowd, which is served by one wide read. */
const jobs = Array.from(
  { length: 8 },
  (_, partition) =>
    ({
      jobId: `m${partition}:0:0:apns:0`,
      messageId: `m${partition}`,
      vendor: 'apns',
      lane: 'normal',
      attempt: 1,
      partition,
      settledAt: Date.now(),
    }) as PushJob,
);

beforeAll(async () => {
  server = await startTownServer({ apps: [{ app: 'shop' }] });
  bus = await server.connectAs('vendor-workers');
  await say(1);
});
afterAll(async () => {
  await bus.drain();
  await server.stop();
});

/** One more event of every job. */
async function say(attempt: number): Promise<void> {
  const journal = openPushJournal(bus, { clock: { now: () => 1 }, uuid: () => crypto.randomUUID() });
  for (const job of jobs) {
    const { jobId, messageId, vendor, lane } = job;
    const target = {
      user: 'bob',
      deviceId: `device-${attempt}`,
      tokenRef: 'r'.repeat(16),
      reason: 'expired',
    };
    await journal.closed(
      {
        app: 'shop',
        job: { ...job, attempt },
        envelopeId: 'e1',
        traceparent: null,
        deliveryCount: 1,
        storedAt: 0,
        isRepeat: false,
      },
      pushClosedSchema.parse({ jobId, messageId, vendor, lane, attempt, closedAt: 1, targets: [target] }),
    );
  }
}

it.each([
  ['is kept and read on', 1_000],
  ['is more than is kept', 3],
])('a crowd that asks gets everything that was said of its jobs, where that %s', async (_case, mostKept) => {
  const history = openPushHistory(bus, mostKept);
  const said = (some: readonly PushJob[]) =>
    Promise.all(some.map(async (job) => (await history('shop', job)).length));
  const before = await said(jobs);
  expect(new Set(before).size).toBe(1);
  expect(before[0]).toBeGreaterThan(0);
  // Of those alone: what the others have said need not be held.
  expect(await said(jobs.slice(0, 5))).toEqual(before.slice(0, 5));
  await say((before[0] ?? 0) + 1);
  expect(await said(jobs)).toEqual(before.map((count) => count + 1));
});

it('a past is read from its time to its end, and no further than it is wanted', async () => {
  const past = openPushPast(bus);
  const now = Date.now();
  const said = (since: number, until: number | null, most = Infinity) =>
    // More than are read at once.
    Promise.all(
      jobs.map(async ({ vendor, partition, jobId }) => {
        const isEnough = (records: readonly unknown[]) => records.length >= most;
        const question = { vendor, partition, jobId, since, until, isEnough };
        return (await past('shop', question)).length;
      }),
    );
  const all = await said(now - 600_000, null);
  await say(101);
  await say(102);
  expect(await said(now - 600_000, null)).toEqual(all.map((count) => count + 2));
  expect(await said(now - 600_000, now + 600_000)).toEqual(all.map((count) => count + 2));
  expect(await said(now - 600_000, null, 1)).toEqual(all.map(() => 1));
  // With more than the clocks may differ by.
  expect(await said(now + 600_000, null)).toEqual(all.map(() => 0));
  expect(await said(now - 900_000, now - 600_000)).toEqual(all.map(() => 0));
});
