import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { systemTimers } from '@reveille/chassis/timers';
import { header } from '@reveille/contracts/headers';
import { lineRecordKeys, turnRecordSchema } from '@reveille/contracts/push/line-records';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';
import type { AppSettings } from '@reveille/contracts/app/events';
import { subjectPatterns } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { afterRenewal, quotaDayOf, readDayTurn } from '../protocol/quota.js';
import { DayTurns } from './day-turns.js';
import { LineRecords } from './line-records.js';
import { moveWaitingJobs } from './move-waiting-jobs.js';
import { openPushJournal } from './push-journal.js';

let server: TownServer;
let reader: Bus;
const workers: { bus: Bus; records: LineRecords; turns: DayTurns }[] = [];
beforeAll(async () => {
  server = await startTownServer({ apps: [{ app: 'shop' }] });
  reader = await server.connectAs('operator');
});
afterAll(async () => {
  for (const { bus, records, turns } of workers) {
    await turns.stop();
    records.stop();
    await bus.drain();
  }
  await reader.drain();
  await server.stop();
});

const hourMs = 3_600_000;
/** A turn of the day that lies so far ahead, to the second. */
const turnIn = (ms: number): string =>
  `${new Date(Math.ceil((Date.now() + ms) / 1_000) * 1_000).toISOString().slice(11, 19)}+00:00`;
const renewalBy = (turn: string): number => {
  const read = readDayTurn(turn);
  if (read === null) throw new Error(`${turn} was not read`);
  return quotaDayOf(read, Date.now()).renewsAt;
};
const settings = (quotaDayTurn: string): AppSettings =>
  ({ app: 'shop', vendors: { xiaomi: { quotaDayTurn } } }) as unknown as AppSettings;

async function worker(turn: string) {
  const bus = await server.connectAs('vendor-workers');
  const records = await LineRecords.open(bus);
  let looks = 0;
  const turns = new DayTurns({
    records,
    clock: { now: () => Date.now() },
    after: (milliseconds, action) => systemTimers.after(milliseconds, action),
    usual: { afterMidnightMs: 0 },
    moveWaiting: async (app, vendor, renewsAt, signal) => {
      const [now, random] = [() => Date.now(), () => 0.5];
      await moveWaitingJobs(app, vendor, { bus, renewsAt, now, random, signal });
      looks += 1;
    },
    failed: (error) => {
      throw error;
    },
  });
  workers.push({ bus, records, turns });
  turns.configure(settings(turn), ['xiaomi']);
  return { bus, turns, looks: () => looks };
}

function job(name: string, notBefore: number, waitsForQuota: boolean): PushJob {
  const now = Date.now();
  return pushJobSchema.parse({
    jobId: `${name}:0:0:xiaomi:0`,
    messageId: name,
    chunk: 0,
    round: 0,
    vendor: 'xiaomi',
    lane: 'bulk',
    attempt: 2,
    repeat: false,
    partition: 7,
    settledAt: now,
    acceptedAt: now,
    notification: {
      strategy: 'alert',
      title: '',
      content: name,
      payload: '',
      threadId: '',
      badgeIncrement: null,
      resourcesId: 'offers',
      sender: 'shop',
      collapse: name,
      sentAt: now,
      expiresAt: now + 48 * hourMs,
    },
    targets: [
      {
        user: 'bob',
        deviceId: `phone-of-${name}`,
        tokenRef: 'ref-of-a-token-0000',
        sealedToken: null,
        environment: 'production',
        notBefore,
        ...(waitsForQuota && { waitsForQuota }),
      },
    ],
  });
}

/** What lies in the queue: who waits until when, and who has come back. */
async function queue() {
  const found: { name: string; at: number | null; repeat: boolean }[] = [];
  const untilSequence = await reader.streamTail('PUSH_JOBS');
  const subjects = [subjectPatterns.pushLater, subjectPatterns.pushJobs];
  for await (const { headers, data } of reader.scan('PUSH_JOBS', { subjects, untilSequence })) {
    const { messageId, repeat } = pushJobSchema.parse(JSON.parse(Buffer.from(data).toString()));
    const schedule = headers[header.schedule];
    found.push({
      name: messageId,
      at: schedule === undefined ? null : Date.parse(schedule.slice(4)),
      repeat,
    });
  }
  return found.sort((one, other) => one.name.localeCompare(other.name));
}

it('moves what waits for a quota when the turn is changed, once, and nothing else', async () => {
  const [old, later] = [turnIn(5 * hourMs), turnIn(8 * hourMs)];
  const [one, two] = await Promise.all([worker(old), worker(old)]);
  await waitUntil('both have looked once', async () => one.looks() === 1 && two.looks() === 1);
  const journal = openPushJournal(one.bus, { clock: { now: () => Date.now() }, uuid: () => 'an-id' });
  const waits = async (name: string, notBefore: number, waitsForQuota: boolean) => {
    const its = job(name, notBefore, waitsForQuota);
    const delivery = {
      app: 'shop',
      job: its,
      envelopeId: 'e1',
      traceparent: null,
      deliveryCount: 1,
      storedAt: 0,
      isRepeat: false,
    };
    await journal.later(delivery, its, notBefore);
  };
  const [spent, throttled] = [afterRenewal(renewalBy(old), 0.2), Date.now() + 4 * hourMs];
  await waits('offer', spent, true);
  await waits('throttled', throttled, false);

  const turn = async (text: string) => {
    const before = [one.looks(), two.looks()] as const;
    for (const { turns } of [one, two]) turns.configure(settings(text), ['xiaomi']);
    await waitUntil('both have looked', async () => one.looks() > before[0] && two.looks() > before[1]);
  };
  await turn(later);
  expect(await queue()).toEqual([
    { name: 'offer', at: afterRenewal(renewalBy(later), 0.5), repeat: true },
    { name: 'throttled', at: throttled, repeat: false },
  ]);
  await turn(turnIn(2_000));
  await waitUntil('it comes with the new turn', async () => (await queue())[0]?.at === null, 30_000);
  expect(await queue()).toEqual([
    { name: 'offer', at: null, repeat: true },
    { name: 'throttled', at: throttled, repeat: false },
  ]);
});

it('looks at the start whether the waiting jobs know the turn', async () => {
  const turn = turnIn(3 * hourMs);
  const { looks, turns } = await worker(turn);
  await waitUntil('it has looked', async () => looks() === 1);
  const records = await LineRecords.open(reader);
  const key = lineRecordKeys.turn('shop', 'xiaomi');
  await waitUntil('and wrote it down', async () => records.get(key, turnRecordSchema) !== null);
  await waitUntil('for this turn', async () => {
    const record = records.get(key, turnRecordSchema);
    return record?.afterMidnightMs === turns.of('shop', 'xiaomi').afterMidnightMs;
  });
  const [record] = records.entries(key, turnRecordSchema);
  const long = { ...turns.of('shop', 'xiaomi'), movedAt: (record?.value.movedAt ?? 0) - 2 * hourMs };
  await records.put(key, long);
  records.stop();
  const next = await worker(turn);
  const other = turnIn(4 * hourMs);
  next.turns.configure(settings(other), ['xiaomi']);
  await waitUntil('it has looked', async () => next.looks() > 0);
  await next.turns.stop();
  expect(next.looks(), 'only for the turn that is new').toBe(1);
});
