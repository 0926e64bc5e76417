import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GateTrouble, Opening } from '../ports.js';
import type { Heard } from '../protocol/line-health.js';
import { firstPauseMs, type GateState, longestPauseMs, PushGate } from './push-gate.js';

let now = 0;
let due: { at: number; action: () => void }[] = [];
let pausedUntil: number[] = [];
let resumed = 0;
let states: GateState[] = [];
let shared: GateState[] = [];
let loop: string[] = [];
let services: [string, string | null][] = [];
let gate: PushGate;

beforeEach(async () => {
  now = 1_000;
  due = [];
  pausedUntil = [];
  resumed = 0;
  states = [];
  shared = [];
  loop = [];
  services = [];
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
    reportService: (origin, outage) => services.push([origin, outage?.cause ?? null]),
    share: (state) => shared.push(state),
  });
  const admission = await gate.enter();
  if (admission.kind === 'open') ({ opening } = admission);
  gate.attach({ pause: () => loop.push('pause'), resume: () => loop.push('resume') }, 'normal');
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

/** Through the opening of now. */
let opening: Opening;
const shut = (trouble: GateTrouble) => opening.shut(trouble);

describe('PushGate', () => {
  it('lets everything through while nothing is wrong', async () => {
    expect(await gate.enter()).toMatchObject({ kind: 'open' });
  });

  it('shut: withdraws, pauses on the server and here, and says why', async () => {
    const admission = await gate.enter();
    shut({ kind: 'credential', cause: 'InvalidProviderToken' });
    expect(admission.kind === 'open' && admission.opening.signal.aborted).toBe(true);
    expect(await gate.enter()).toEqual({ kind: 'shut' });
    expect([pausedUntil, loop, states]).toEqual([
      [now + firstPauseMs],
      ['pause'],
      [{ kind: 'credential', cause: 'InvalidProviderToken', sinceAt: now, untilAt: now + firstPauseMs }],
    ]);
    shut({ kind: 'credential', cause: 'again' });
    expect(pausedUntil).toHaveLength(1);
  });

  it('after the pause one probe goes, the others wait for it', async () => {
    shut({ kind: 'credential', cause: 'x' });
    passTime(firstPauseMs);
    expect(loop).toEqual(['pause', 'resume']);
    const first = await probe();
    const others = [gate.enter(), gate.enter()].map((entry) => Promise.resolve(entry));
    first.passed();
    expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(['open', 'open']);
    expect([resumed, states.at(-1), shared.at(-1)]).toEqual([1, null, null]);
  });

  it('a probe that fails: those who waited are turned away, and the next pause is longer, up to a minute', async () => {
    const pauses: number[] = [];
    shut({ kind: 'credential', cause: 'x' });
    for (let round = 0; round < 6; round += 1) {
      pauses.push((pausedUntil.at(-1) ?? 0) - now);
      passTime(pauses.at(-1) ?? 0);
      const failing = await probe();
      const waiting = gate.enter();
      failing.opening.shut({ kind: 'credential', cause: 'still' });
      failing.abandon();
      failing.passed();
      expect(await waiting).toEqual({ kind: 'shut' });
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, longestPauseMs, longestPauseMs]);
    expect(gate.isShut).toBe(true);
  });

  it('a probe that asked nothing of the vendor passes its part on', async () => {
    shut({ kind: 'credential', cause: 'x' });
    passTime(firstPauseMs);
    const idle = await probe();
    const next = gate.enter();
    idle.abandon();
    expect((await next).kind).toBe('probe');
    idle.passed();
    expect(resumed).toBe(0);
  });

  it('begins with a short pause again after it was open', async () => {
    shut({ kind: 'credential', cause: 'x' });
    passTime(firstPauseMs);
    const second = await probe();
    second.passed();
    second.opening.shut({ kind: 'credential', cause: 'y' });
    expect(pausedUntil.at(-1)).toBe(now + firstPauseMs);
  });

  it('new settings end the pause', async () => {
    shut({ kind: 'credential', cause: 'x' });
    gate.retryNow();
    expect((await gate.enter()).kind).toBe('probe');
    expect([resumed, due, states.at(-1)]).toEqual([1, [], null]);
  });

  it('new settings make an ajar gate green: nothing is known against them', async () => {
    shut({ kind: 'credential', cause: 'x' });
    passTime(firstPauseMs);
    expect(states.at(-1)).not.toBeNull();
    gate.retryNow();
    expect(states.at(-1)).toBeNull();
    expect((await gate.enter()).kind).toBe('probe');
  });

  describe('what is said of requests that went through an earlier opening', () => {
    const unavailable = {
      tokenRef: null,
      outcome: {
        kind: 'deferred',
        reason: 'vendor-unavailable',
        vendorCode: '503',
        retryAfterMs: null,
      },
    } as const;

    it('neither shuts nor opens the one that came after', async () => {
      shut({ kind: 'credential', cause: 'x' });
      passTime(firstPauseMs);
      const stale = await probe();
      stale.opening.shut({ kind: 'credential', cause: 'still' });
      passTime(2 * firstPauseMs);
      const fresh = await probe();
      stale.passed();
      stale.abandon();
      stale.opening.heed([unavailable]);
      opening.shut({ kind: 'credential', cause: 'answered late' });
      opening.heed([unavailable]);
      expect([resumed, pausedUntil.length, fresh.opening.signal.aborted]).toEqual([0, 2, false]);
      fresh.passed();
      expect([await gate.enter(), states.at(-1)]).toMatchObject([{ kind: 'open' }, null]);
      stale.opening.shut({ kind: 'credential', cause: 'answered later' });
      expect((await gate.enter()).kind).toBe('open');
    });
  });

  it('a loop that comes while it is shut is paused', () => {
    shut({ kind: 'credential', cause: 'x' });
    const late: string[] = [];
    gate.attach({ pause: () => late.push('pause'), resume: () => late.push('resume') }, 'bulk');
    expect(late).toEqual(['pause']);
  });

  it('resumes the loop of calls before the others', () => {
    gate.attach({ pause: () => loop.push('pause calls'), resume: () => loop.push('resume calls') }, 'urgent');
    shut({ kind: 'outage', cause: '503' });
    passTime(firstPauseMs);
    expect(loop).toEqual(['pause', 'pause calls', 'resume calls', 'resume']);
  });

  describe('by what its pushes come to', () => {
    const unavailable: PushOutcome = {
      kind: 'deferred',
      reason: 'vendor-unavailable',
      vendorCode: '503',
      retryAfterMs: null,
    };
    const heard = (outcome: PushOutcome, count = 1) =>
      Array.from({ length: count }, (_, index) => ({ tokenRef: `ref-${index}`, outcome }));

    it('an outage shuts it, and one failed probe keeps it shut', async () => {
      opening.heed(heard(unavailable, 50));
      now += 2_000;
      opening.heed(heard(unavailable, 50));
      expect(states.at(-1)).toMatchObject({ kind: 'outage', cause: '503', sinceAt: now });
      const shutAt = now;
      passTime(firstPauseMs);
      (await probe()).opening.heed(heard(unavailable));
      expect(states.at(-1)).toMatchObject({ sinceAt: shutAt, untilAt: now + 2 * firstPauseMs });
      expect(shared).toEqual(states);
    });

    it('many condemned tokens shut it; what comes after the probe is judged anew', async () => {
      const gone: PushOutcome = {
        kind: 'rejected',
        reason: 'token-unregistered',
        vendorCode: 'Unregistered',
        observedAt: null,
      };
      opening.heed(heard(gone, 50));
      expect(states.at(-1)).toMatchObject({ kind: 'condemned' });
      passTime(firstPauseMs);
      const first = await probe();
      first.opening.heed(heard({ kind: 'accepted', vendorId: null }));
      first.passed();
      first.opening.heed(heard(gone));
      expect(await gate.enter()).toMatchObject({ kind: 'open' });
    });
  });

  describe('where its targets lead to many services', () => {
    const from = (origin: string, isOut: boolean, count = 1): Heard[] =>
      Array.from({ length: count }, (_, index) => ({
        tokenRef: `ref-${index}`,
        origin,
        askedAt: now,
        outcome: isOut
          ? { kind: 'deferred', reason: 'vendor-unavailable', vendorCode: '503', retryAfterMs: null }
          : { kind: 'accepted', vendorId: null },
      }));
    const goesOut = (origin: string) => {
      opening.heed(from(origin, true, 50));
      now += 2_000;
      opening.heed(from(origin, true, 50));
    };

    it('one that is out shuts itself alone', async () => {
      opening.heed(from('one', false));
      goesOut('two');
      expect(await gate.enter()).toMatchObject({ kind: 'open' });
      expect(services).toEqual([['two', '503']]);
      expect([opening.serviceWaitMs('one'), opening.serviceWaitMs('two')]).toEqual([0, 5_000]);
      expect([states, pausedUntil]).toEqual([[], []]);
    });

    async function opened(): Promise<Opening> {
      const admission = await gate.enter();
      if (admission.kind !== 'open') throw new Error(`expected an opening, got ${admission.kind}`);
      return admission.opening;
    }

    it('all out: the line waits here until the first is due; its probe opens the line, or all are out again', async () => {
      goesOut('one');
      const sinceAt = now;
      expect([await gate.enter(), loop]).toEqual([{ kind: 'shut' }, ['pause']]);
      expect(states).toMatchObject([{ cause: 'all services: 503', untilAt: now + 5_000 }]);
      passTime(5_000);
      const first = await opened();
      expect(first.serviceWaitMs('one')).toBe(0);
      first.heed(from('one', true));
      expect(states.at(-1)).toMatchObject({ sinceAt, untilAt: now + 10_000 });
      expect(await gate.enter()).toEqual({ kind: 'shut' });
      passTime(10_000);
      const second = await opened();
      expect(second.serviceWaitMs('one')).toBe(0);
      expect(states.at(-1)).not.toBeNull();
      second.heed(from('one', false));
      expect(await gate.enter()).toMatchObject({ kind: 'open' });
      expect([states.at(-1), services.at(-1)]).toEqual([null, ['one', null]]);
    });

    it('all out: other workers, who may know one that is well, hear nothing and go on', async () => {
      goesOut('one');
      passTime(5_000);
      const again = await opened();
      again.serviceWaitMs('one');
      again.heed(from('one', false));
      expect([shared, pausedUntil, resumed]).toEqual([[], [], 0]);
    });

    it('a probe that fails does not shut out what goes to another service meanwhile', async () => {
      goesOut('one');
      passTime(5_000);
      const again = await opened();
      expect(again.serviceWaitMs('one')).toBe(0);
      expect((await opened()).serviceWaitMs('quiet')).toBe(0);
      again.heed(from('one', true));
      expect([again.signal.aborted, gate.isShut]).toEqual([false, false]);
      again.heed(from('quiet', false));
      expect(states.at(-1)).toBeNull();
      expect(again.serviceWaitMs('one')).toBe(10_000);
    });

    it('a refused credential shuts it for all, with a short pause, and then one push is the probe', async () => {
      goesOut('one');
      passTime(5_000);
      (await opened()).shut({ kind: 'credential', cause: 'x' });
      expect([pausedUntil, shared.length]).toEqual([[now + firstPauseMs], 1]);
      passTime(firstPauseMs);
      expect((await probe()).kind).toBe('probe');
    });

    it('condemned tokens are counted over all of them', () => {
      const gone: PushOutcome = {
        kind: 'rejected',
        reason: 'token-unregistered',
        vendorCode: '410',
        observedAt: null,
      };
      for (const origin of ['one', 'two'])
        opening.heed(
          Array.from({ length: 12 }, (_, index) => ({
            tokenRef: `${origin}-${index}`,
            origin,
            outcome: gone,
          })),
        );
      expect(states.at(-1)).toMatchObject({ kind: 'condemned' });
    });

    it('new settings give all of them another chance', () => {
      opening.heed(from('one', false));
      goesOut('two');
      gate.retryNow();
      expect([opening.serviceWaitMs('two'), services.at(-1)]).toEqual([0, ['two', null]]);
    });
  });

  describe('as others found it', () => {
    const found = { kind: 'credential', cause: 'x', sinceAt: 1, untilAt: 4_000 } as const;

    it('is shut until then, told with the time since when, and nothing is paused again', async () => {
      gate.adopt(found);
      expect([states, pausedUntil, shared, loop]).toEqual([[found], [], [], ['pause']]);
      passTime(3_000);
      (await probe()).opening.shut({ kind: 'credential', cause: 'x' });
      expect(states.at(-1)?.sinceAt).toBe(1);
    });

    it('a pause that is over already leaves it ajar: the first is the probe', async () => {
      now = 10_000;
      gate.adopt(found);
      expect((await probe()).kind).toBe('probe');
      expect([states, loop]).toEqual([[], []]);
    });

    it.each(['shut', 'ajar'])(
      'is open and green when their probe has passed, though no push comes here: %s',
      async (state) => {
        gate.adopt(found);
        if (state === 'ajar') passTime(3_000);
        gate.lift();
        expect([states.at(-1), loop, shared]).toEqual([null, ['pause', 'resume'], []]);
        expect((await gate.enter()).kind).toBe('open');
        passTime(60_000);
        expect((await gate.enter()).kind).toBe('open');
      },
    );

    it('those who wait for a probe go when another worker has had its answer', async () => {
      gate.adopt(found);
      passTime(3_000);
      const own = await probe();
      const waiting = gate.enter();
      gate.lift();
      expect((await waiting).kind).toBe('open');
      own.passed();
      expect([resumed, shared]).toEqual([0, []]);
    });
  });
});
