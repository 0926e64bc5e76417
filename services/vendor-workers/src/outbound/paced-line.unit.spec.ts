import type { Lane } from '@reveille/contracts/push/lane';
import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Pace, PaceTurn } from '../ports.js';
import { PacedLine } from './paced-line.js';

let now = 0;
let due: { at: number; action: () => void }[] = [];
let workers = 1;
let went: string[] = [];

beforeEach(() => {
  now = 1_000_000;
  due = [];
  workers = 1;
  went = [];
});

function lineOf(perSecond: number | null): PacedLine {
  return new PacedLine({
    clock: { now: () => now },
    after: (milliseconds, action) => {
      const timer = { at: now + milliseconds, action };
      due.push(timer);
      return { cancel: () => void (due = due.filter((other) => other !== timer)) };
    },
    perSecond,
    workers: () => workers,
  });
}

/** Lets time pass, each timer at its own moment. */
async function passTime(milliseconds: number): Promise<void> {
  const until = now + milliseconds;
  for (;;) {
    const next = due.toSorted((one, other) => one.at - other.at)[0];
    if (next === undefined || next.at > until) break;
    due = due.filter((timer) => timer !== next);
    now = Math.max(now, next.at);
    next.action();
    await Promise.resolve();
  }
  now = until;
  await Promise.resolve();
}

const open = new AbortController().signal;
function ask(pace: Pace, name: string, lane: Lane = 'normal', targets = 1): Promise<PaceTurn | null> {
  const turn = Promise.resolve(pace.take(targets, lane));
  void turn.then((given) => went.push(given === null ? `${name} let go` : name));
  return turn;
}

describe('PacedLine', () => {
  it('without a limit nothing waits, and no timer runs', async () => {
    const pace = lineOf(null).under(() => open);
    for (let count = 0; count < 1_000; count += 1) expect(await pace.take(500, 'bulk')).not.toBeNull();
    expect(due).toEqual([]);
  });

  it('calls go first, then chat, then what is left; nothing is polled meanwhile', async () => {
    const pace = lineOf(1).under(() => open);
    void ask(pace, 'first', 'urgent');
    await passTime(0);
    for (const lane of ['bulk', 'normal', 'urgent'] as const) void ask(pace, lane, lane);
    expect(due).toHaveLength(1);
    await passTime(10_000);
    expect(went).toEqual(['first', 'urgent', 'normal', 'bulk']);
    expect(due).toEqual([]);
  });

  it('a limit is shared by the workers that there are', async () => {
    workers = 10;
    const pace = lineOf(100).under(() => open);
    for (let count = 0; count < 100; count += 1) void ask(pace, 'push');
    await passTime(5_000);
    expect(went.length).toBeGreaterThanOrEqual(49);
    expect(went.length).toBeLessThanOrEqual(52);
  });

  it('what was not asked of the vendor is given back', async () => {
    const pace = lineOf(10).under(() => open);
    const turn = await ask(pace, 'wide', 'normal', 50);
    void ask(pace, 'next');
    await passTime(1_000);
    expect(went).toEqual(['wide']);
    turn?.end(0);
    await passTime(5_000);
    expect(went).toEqual(['wide', 'next']);
  });

  it('when the gate shuts, what waits is let go; what comes after it waits anew', async () => {
    let gate = new AbortController();
    const pace = lineOf(1).under(() => gate.signal);
    void ask(pace, 'gone');
    void ask(pace, 'waiting');
    await passTime(0);
    const shut = gate;
    gate = new AbortController();
    shut.abort();
    void ask(pace, 'later');
    await passTime(5_000);
    expect(went).toEqual(['gone', 'waiting let go', 'later']);
  });

  it('when the worker stops, nobody waits any more', async () => {
    const line = lineOf(1);
    const pace = line.under(() => open);
    void ask(pace, 'gone');
    void ask(pace, 'waiting');
    line.stop();
    void ask(pace, 'late');
    await passTime(0);
    expect([...went].toSorted((one, other) => one.localeCompare(other))).toEqual([
      'gone',
      'late let go',
      'waiting let go',
    ]);
    expect(due).toEqual([]);
  });

  it('slows down for a vendor that throttles it', async () => {
    const line = lineOf(null);
    const pace = line.under(() => open);
    const throttled: PushOutcome = {
      kind: 'deferred',
      reason: 'throttled',
      vendorCode: '429',
      retryAfterMs: null,
    };
    pace.heed(Array.from({ length: 100 }, () => throttled));
    await passTime(1_000);
    pace.heed([throttled]);
    expect(line.perSecond).toBe(60);
  });
});
