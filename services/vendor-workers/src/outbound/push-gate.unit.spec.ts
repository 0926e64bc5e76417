import { beforeEach, describe, expect, it } from 'vitest';
import { firstPauseMs, type GateState, longestPauseMs, PushGate } from './push-gate.js';

let now = 0;
let due: { at: number; action: () => void }[] = [];
let pausedUntil: number[] = [];
let resumed = 0;
let states: GateState[] = [];
let loop: string[] = [];
let gate: PushGate;

beforeEach(() => {
  now = 1_000;
  due = [];
  pausedUntil = [];
  resumed = 0;
  states = [];
  loop = [];
  gate = new PushGate({
    clock: { now: () => now },
    after: (milliseconds, action) => {
      const timer = { at: now + milliseconds, action };
      due.push(timer);
      return { cancel: () => void (due = due.filter((other) => other !== timer)) };
    },
    pauseConsumers: async (untilAt) => void pausedUntil.push(untilAt),
    resumeConsumers: async () => void (resumed += 1),
    report: (state) => states.push(state),
  });
  gate.attach({ pause: () => loop.push('pause'), resume: () => loop.push('resume') });
});

function passTime(milliseconds: number): void {
  now += milliseconds;
  for (const { action } of due.splice(0).filter(({ at }) => at <= now)) action();
}
async function probe() {
  const admission = await gate.enter();
  if (admission.kind !== 'probe') throw new Error(`expected a probe, got ${admission.kind}`);
  return admission;
}

describe('PushGate', () => {
  it('lets everything through while nothing is wrong', async () => {
    expect(await gate.enter()).toMatchObject({ kind: 'open' });
  });

  it('shut: withdraws, pauses on the server and here, and says why', async () => {
    const admission = await gate.enter();
    gate.shut('InvalidProviderToken');
    expect(admission.kind === 'open' && admission.signal.aborted).toBe(true);
    expect(await gate.enter()).toEqual({ kind: 'shut' });
    expect([pausedUntil, loop, states]).toEqual([
      [now + firstPauseMs],
      ['pause'],
      [{ isShut: true, cause: 'InvalidProviderToken', until: now + firstPauseMs }],
    ]);
    gate.shut('again');
    expect(pausedUntil).toHaveLength(1);
  });

  it('after the pause one probe goes, the others wait for it', async () => {
    gate.shut('x');
    passTime(firstPauseMs);
    expect(loop).toEqual(['pause', 'resume']);
    const first = await probe();
    const others = [gate.enter(), gate.enter()];
    first.passed();
    expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(['open', 'open']);
    expect([resumed, states.at(-1)?.isShut]).toEqual([1, false]);
  });

  it('a probe that fails: those who waited are turned away, and the next pause is longer, up to a minute', async () => {
    const pauses: number[] = [];
    gate.shut('x');
    for (let round = 0; round < 6; round += 1) {
      pauses.push((pausedUntil.at(-1) ?? 0) - now);
      passTime(pauses.at(-1) ?? 0);
      const failing = await probe();
      const waiting = gate.enter();
      gate.shut('still');
      failing.abandon();
      failing.passed();
      expect(await waiting).toEqual({ kind: 'shut' });
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, longestPauseMs, longestPauseMs]);
    expect(gate.isShut).toBe(true);
  });

  it('a probe that asked nothing of the vendor passes its part on', async () => {
    gate.shut('x');
    passTime(firstPauseMs);
    const idle = await probe();
    const next = gate.enter();
    idle.abandon();
    expect((await next).kind).toBe('probe');
    idle.passed();
    expect(resumed).toBe(0);
  });

  it('begins with a short pause again after it was open', async () => {
    gate.shut('x');
    passTime(firstPauseMs);
    (await probe()).passed();
    gate.shut('y');
    expect(pausedUntil.at(-1)).toBe(now + firstPauseMs);
  });

  it('new settings end the pause', async () => {
    gate.shut('x');
    gate.retryNow();
    expect((await gate.enter()).kind).toBe('probe');
    expect([resumed, due]).toEqual([1, []]);
  });

  it('a loop that comes while it is shut is paused', () => {
    gate.shut('x');
    const late: string[] = [];
    gate.attach({ pause: () => late.push('pause'), resume: () => late.push('resume') });
    expect(late).toEqual(['pause']);
  });
});
