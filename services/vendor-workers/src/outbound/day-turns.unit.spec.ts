import type { AppSettings } from '@reveille/contracts/app/events';
import { beforeEach, expect, it } from 'vitest';
import { DayTurns } from './day-turns.js';
import type { LineRecords } from './line-records.js';

interface Look {
  readonly app: string;
  readonly renewsAt: number;
  readonly signal: AbortSignal;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

let looks: Look[];
let written: string[];
let faults: unknown[];
let timers: { action: () => void; isCancelled: boolean }[];
let turns: DayTurns;

/** All that is due without any timer or answer from outside. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const configure = (app: string, quotaDayTurn: string) =>
  turns.configure({ app, vendors: { xiaomi: { quotaDayTurn } } } as unknown as AppSettings, ['xiaomi']);
const hourMs = 3_600_000;

beforeEach(() => {
  [looks, written, faults, timers] = [[], [], [], []];
  turns = new DayTurns({
    records: {
      get: () => null,
      put: async (key: string) => void written.push(key),
    } as unknown as LineRecords,
    clock: { now: () => 0 },
    after: (_milliseconds, action) => {
      const timer = { action, isCancelled: false };
      timers.push(timer);
      return { cancel: () => void (timer.isCancelled = true) };
    },
    usual: { afterMidnightMs: 0 },
    moveWaiting: (app, _vendor, renewsAt, signal) =>
      new Promise<void>((end, fail) => looks.push({ app, renewsAt: renewsAt(0), signal, end, fail })),
    failed: (error) => faults.push(error),
  });
});

it('looks through one queue at a time; one that is still to come has the latest turn', async () => {
  configure('shop', '01:00+00:00');
  configure('bank', '02:00+00:00');
  configure('bank', '03:00+00:00');
  await settled();
  expect(looks.map(({ app }) => app)).toEqual(['shop']);
  looks[0]?.end();
  await settled();
  expect(looks.map(({ app, renewsAt }) => [app, renewsAt])).toEqual([
    ['shop', hourMs],
    ['bank', 3 * hourMs],
  ]);
  // It is changed while its queue is looked through: once more.
  configure('bank', '04:00+00:00');
  looks[1]?.end();
  await settled();
  expect(looks.at(-1)).toMatchObject({ app: 'bank', renewsAt: 4 * hourMs });
  looks[2]?.end();
  await settled();
  expect([looks.length, written.length]).toEqual([3, 3]);
});

it('looks again after a fault, the others meanwhile', async () => {
  configure('shop', '01:00+00:00');
  configure('bank', '02:00+00:00');
  await settled();
  looks[0]?.fail(new Error('away'));
  await settled();
  expect([faults, looks.at(-1)?.app, written]).toEqual([[new Error('away')], 'bank', []]);
  looks[1]?.end();
  timers[0]?.action();
  await settled();
  expect(looks.map(({ app }) => app)).toEqual(['shop', 'bank', 'shop']);
});

it('a stop ends the look, writes nothing down, begins no other and leaves no timer', async () => {
  configure('shop', '01:00+00:00');
  configure('bank', '02:00+00:00');
  await settled();
  looks[0]?.fail(new Error('away'));
  await settled();
  const stopped = turns.stop();
  expect([looks[1]?.signal.aborted, timers[0]?.isCancelled]).toEqual([true, true]);
  configure('mail', '03:00+00:00');
  looks[1]?.end();
  await stopped;
  expect([looks.length, written, timers.length]).toEqual([2, [], 1]);
});

it('a look that fails while it is stopped is told, and not begun again', async () => {
  configure('shop', '01:00+00:00');
  await settled();
  const stopped = turns.stop();
  looks[0]?.fail(new Error('drained'));
  await stopped;
  expect([faults, timers, written]).toEqual([[new Error('drained')], [], []]);
});
