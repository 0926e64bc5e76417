import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { systemTimers } from '@reveille/chassis/timers';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { PushTarget } from '@reveille/contracts/push/job';
import { lineRecordKeys, quotaRecordSchema } from '@reveille/contracts/push/line-records';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Allowance, Allowances } from '../ports.js';
import { DayTurns } from './day-turns.js';
import { LineRecords } from './line-records.js';
import { QuotaLedger } from './quota-ledger.js';

let town: TownServer;
let now = 0;
let places = 0;
/** An app of its own for each test: their counts are strangers. */
let app = '';
const open: { bus: Bus; records: LineRecords; ledger: QuotaLedger }[] = [];

beforeAll(async () => {
  town = await startTownServer({ apps: [{ app: 'shop' }] });
});
afterAll(async () => {
  for (const { bus, records, ledger } of open) {
    await ledger.stop();
    records.stop();
    await bus.drain();
  }
  await town.stop();
});
beforeEach(() => {
  now = Date.parse('2026-03-01T12:00:00Z');
  app = `app${(places += 1)}`;
});

interface Worker extends Allowances {
  readonly records: LineRecords;
  readonly ledger: QuotaLedger;
  readonly turns: DayTurns;
}

/** A worker's view of the vendor's quotas, with a connection of its own. */
async function worker(): Promise<Worker> {
  const bus = await town.connectAs('vendor-workers');
  const records = await LineRecords.open(bus);
  const surroundings = {
    records,
    clock: { now: () => now },
    after: (milliseconds: number, action: () => void) => systemTimers.after(milliseconds, action),
    failed: (error: unknown) => {
      throw error;
    },
  };
  const moveWaiting = async () => undefined;
  const turns = new DayTurns({ ...surroundings, usual: { afterMidnightMs: 0 }, moveWaiting });
  const ledger = new QuotaLedger({ ...surroundings, turns });
  open.push({ bus, records, ledger });
  return { ...ledger.of(app, 'fcm'), records, ledger, turns };
}

const marketing = { name: 'marketing', perDay: 100, perDevicePerDay: null };
const targets = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index): PushTarget => {
    const deviceId = `device-${from + index}`;
    return {
      user: 'bob',
      deviceId,
      tokenRef: `ref-of-${deviceId}-00000000`,
      sealedToken: null,
      environment: 'production',
    };
  });
const granted = ({ spent }: Allowance) => spent.filter((word) => word === null).length;
const result = (target: PushTarget, outcome: PushOutcome, requests = 1) => ({
  target,
  outcome,
  requests,
  requestId: null,
  traceparent: null,
});
const unsent: PushOutcome = {
  kind: 'deferred',
  reason: 'not-sent',
  vendorCode: 'goaway',
  retryAfterMs: null,
};
const spentWord: PushOutcome = {
  kind: 'deferred',
  reason: 'quota-spent',
  vendorCode: 'marketing: 33',
  retryAfterMs: null,
};

describe('a quota that all workers share', () => {
  it('is never exceeded, whoever asks and however many at once', async () => {
    const workers = await Promise.all([worker(), worker(), worker()]);
    const taken = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => workers[index % 3]?.take(marketing, targets(3))),
    );
    const sum = taken.reduce(
      (total, allowance) => total + (allowance === undefined ? 0 : granted(allowance)),
      0,
    );
    expect(sum).toBe(100);
    const words = new Set(taken.flatMap((allowance) => allowance?.spent ?? []));
    expect([...words].filter((word) => word !== null)).toEqual(['marketing: 100 a day']);
  });

  it("does not end with the vendor's word about another one", async () => {
    const one = await worker();
    const [target] = targets(1);
    if (target === undefined) throw new Error('no target');
    const spentList = { ...spentWord, vendorCode: 'list: 10252' };
    (await one.take(marketing, [target])).settle([result(target, spentList)]);
    expect(granted(await one.take(marketing, targets(2)))).toBe(2);
    expect(record(one)?.spentBy).toBeNull();
    (await one.take(marketing, [target])).settle([result(target, spentWord)]);
    expect(granted(await one.take(marketing, targets(2)))).toBe(0);
  });

  it('is whole again when the day has turned', async () => {
    const one = await worker();
    await one.take(marketing, targets(100));
    expect(granted(await one.take(marketing, targets(1)))).toBe(0);
    expect(one.renewsAt(now)).toBe(Date.parse('2026-03-02T00:00:00Z'));
    now = one.renewsAt(now);
    expect(granted(await one.take(marketing, targets(1)))).toBe(1);
  });

  it('stays spent when the settings move its turn, until that comes', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const [target] = targets(1);
    if (target === undefined) throw new Error('no target');
    (await one.take(marketing, [target])).settle([result(target, spentWord)]);
    await waitUntil('the other has heard', async () => record(two)?.spentBy === 'vendor');
    for (const { turns } of [one, two]) turns.configure(turningAt('12:00:15+00:00'), ['fcm']);
    for (const { take, renewsAt } of [one, two]) {
      expect(granted(await take(marketing, targets(1)))).toBe(0);
      expect(renewsAt(now)).toBe(now + 15_000);
    }
    now += 15_000;
    for (const { take } of [one, two]) expect(granted(await take(marketing, targets(1)))).toBe(1);
  });

  it('is counted per app and class', async () => {
    const one = await worker();
    await one.take(marketing, targets(100));
    expect(granted(await one.take({ ...marketing, name: 'news' }, targets(1)))).toBe(1);
    app = 'another';
    expect(granted(await (await worker()).take(marketing, targets(1)))).toBe(1);
  });

  it('what was not sent is given back, and what a worker has left when it stops', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const hundred = targets(100);
    const all = await one.take(marketing, hundred);
    all.settle(hundred.slice(0, 40).map((target) => result(target, unsent, 0)));
    expect(granted(await two.take(marketing, targets(1)))).toBe(0);
    expect(granted(await one.take(marketing, targets(10)))).toBe(10);
    await one.ledger.stop();
    await waitUntil(
      'the other has heard',
      async () => (await two.take(marketing, targets(0))).spent.length === 0 && record(two)?.spentBy === null,
    );
    expect(granted(await two.take(marketing, targets(40)))).toBe(30);
  });

  it('once the vendor says that it is spent, no worker asks again on that day', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const unknown = { ...marketing, perDay: null };
    await two.take(unknown, targets(5));
    const [target] = targets(1);
    if (target === undefined) throw new Error('no target');
    (await one.take(unknown, [target])).settle([result(target, spentWord)]);
    expect((await one.take(unknown, [target])).spent).toEqual(['marketing: the vendor takes no more today']);
    await waitUntil('the other has heard', async () => record(two)?.spentBy === 'vendor');
    expect(granted(await two.take(unknown, targets(1)))).toBe(0);
    now = one.renewsAt(now);
    expect(granted(await two.take(unknown, targets(1)))).toBe(1);
  });

  it('what the vendor calls spent just after the turn may be the day before', async () => {
    const one = await worker();
    const [target] = targets(1);
    if (target === undefined) throw new Error('no target');
    now = one.renewsAt(now);
    (await one.take(marketing, [target])).settle([result(target, spentWord)]);
    expect(one.renewsAt(now)).toBe(now + 60_000);
    expect(granted(await one.take(marketing, targets(1)))).toBe(1);
  });

  it('a cap that is raised meanwhile is heeded', async () => {
    const one = await worker();
    await one.take(marketing, targets(101));
    expect(granted(await one.take({ ...marketing, perDay: 110 }, targets(20)))).toBe(10);
  });
});

describe("a device's share of a day", () => {
  const twice = { ...marketing, perDay: null, perDevicePerDay: 2 };

  it('is counted over all workers, in a bounded number of records', async () => {
    const [one, two] = await Promise.all([worker(), worker()]);
    const many = targets(300);
    await one.take(twice, many);
    await two.take(twice, many);
    await waitUntil('both have heard of the other', async () => {
      const words = await Promise.all(
        [one, two].map(async (each) => (await each.take(twice, many.slice(0, 1))).spent),
      );
      return words.every(([word]) => word === 'marketing: 2 a day for a device');
    });
    await waitUntil(
      'all devices have had theirs',
      async () => granted(await one.take(twice, many)) + granted(await two.take(twice, many)) === 0,
    );
    const keys = one.records
      .entries('devices.', { safeParse: (value: unknown) => ({ success: true, data: value }) as const })
      .filter(({ key }) => key.startsWith(`devices.${app}.`));
    expect(keys.length).toBeLessThanOrEqual(64);
    expect(granted(await one.take(twice, targets(1, 1_000)))).toBe(1);
  });

  it('is given back for what was not sent', async () => {
    const one = await worker();
    const [target] = targets(1);
    if (target === undefined) throw new Error('no target');
    for (let round = 0; round < 5; round += 1) {
      const allowance = await one.take(twice, [target]);
      expect(granted(allowance)).toBe(1);
      allowance.settle([result(target, unsent, 0)]);
    }
  });
});

const turningAt = (quotaDayTurn: string): AppSettings =>
  ({ app, vendors: { fcm: { quotaDayTurn } } }) as unknown as AppSettings;

function record({ records }: Worker) {
  return records.get(lineRecordKeys.quota(app, 'fcm', 'marketing'), quotaRecordSchema);
}
