import type { PushOutcome } from '@reveille/contracts/push/outcome';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Heard } from './line-health.js';
import { longestServicePauseMs, ServiceHealth, type ServiceOutage } from './service-health.js';

const accepted: PushOutcome = { kind: 'accepted', vendorId: null };
const unavailable: PushOutcome = {
  kind: 'deferred',
  reason: 'vendor-unavailable',
  vendorCode: '503',
  retryAfterMs: null,
};
const from = (origin: string, outcome: PushOutcome, count = 1, askedAt = 0): Heard[] =>
  Array.from({ length: count }, (_, index) => ({ tokenRef: `ref-${index}`, outcome, origin, askedAt }));

let services: ServiceHealth;
let changes: [string, ServiceOutage | null][];
beforeEach(() => {
  changes = [];
  services = new ServiceHealth((origin, outage) => changes.push([origin, outage]));
});
/** @returns when it is out */
function goesOut(origin: string, at: number): number {
  services.heed(from(origin, unavailable, 20), at);
  services.heed(from(origin, unavailable, 20), at + 2_000);
  return at + 2_000;
}

describe('ServiceHealth', () => {
  it('lets everything go to a service that nobody knows anything of', () => {
    expect(services.waitMs('one', 0)).toBe(0);
    services.heed(from('one', accepted), 0);
    expect(services.waitMs('one', 1)).toBe(0);
  });

  it('after the pause lets a single request through; another when its answer is lost', () => {
    const at = goesOut('one', 10_000);
    expect(services.waitMs('one', at + 1_000)).toBe(4_000);
    const due = at + 5_000;
    expect([services.waitMs('one', due), services.waitMs('one', due)]).toEqual([0, 2_000]);
    expect(services.waitMs('one', due + 29_999)).toBe(2_000);
    expect([services.waitMs('one', due + 30_000), services.waitMs('one', due + 30_000)]).toEqual([0, 2_000]);
  });

  it('an answered probe ends the outage; one that fails makes it longer, up to a minute', () => {
    let at = goesOut('one', 0);
    const pauses: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const wait = services.waitMs('one', at);
      pauses.push(wait);
      at += wait;
      expect(services.waitMs('one', at)).toBe(0);
      services.heed(from('one', unavailable, 1, at), at);
    }
    expect(pauses).toEqual([5_000, 10_000, 20_000, 40_000, longestServicePauseMs, longestServicePauseMs]);
    at += longestServicePauseMs;
    expect(services.waitMs('one', at)).toBe(0);
    services.heed(from('one', accepted, 1, at), at);
    expect([services.waitMs('one', at), changes.at(-1)]).toEqual([0, ['one', null]]);
    at = goesOut('one', at);
    expect(services.waitMs('one', at)).toBe(5_000);
  });

  it('requests that were under way when it went out change nothing', () => {
    const at = goesOut('one', 0);
    services.heed(from('one', unavailable, 50), at + 1_000);
    services.heed(from('one', accepted), at + 1_000);
    expect(services.waitMs('one', at + 1_000)).toBe(4_000);
    expect(changes).toHaveLength(1);
  });

  it('what was asked before the probe does not stand for it, however late it is answered', () => {
    const at = goesOut('one', 10_000);
    const due = at + 5_000;
    expect(services.waitMs('one', due)).toBe(0);
    services.heed(from('one', accepted, 1, at - 1), due + 10);
    services.heed(from('one', unavailable, 1, at), due + 10);
    expect([services.waitMs('one', due + 10), changes.length]).toEqual([2_000, 1]);
    services.heed(from('one', accepted, 1, due), due + 20);
    expect([services.waitMs('one', due + 20), changes.at(-1)]).toEqual([0, ['one', null]]);
  });

  it('the line is out when all services are that it uses, and until the first is due', () => {
    services.heed(from('rare', accepted), 0);
    goesOut('one', 590_000);
    services.heed(from('two', unavailable, 20), 593_000);
    // The rare one was well, less than ten minutes ago.
    expect(services.heed(from('two', unavailable, 20), 595_000)).toBeNull();
    services.clear();
    services.heed(from('rare', accepted), 1_000_000);
    goesOut('one', 1_601_000);
    services.heed(from('two', unavailable, 20), 1_604_000);
    const out = { cause: '503', untilAt: 1_608_000 };
    expect(services.heed(from('two', unavailable, 20), 1_606_000)).toEqual(out);
  });

  it('the line is not out while another service has been asked', () => {
    const at = goesOut('one', 0);
    expect(services.waitMs('one', at + 5_000)).toBe(0);
    expect(services.waitMs('quiet', at + 5_001)).toBe(0);
    expect(services.heed(from('one', unavailable, 1, at + 5_000), at + 5_002)).toBeNull();
    services.heed(from('quiet', accepted, 1, at + 5_001), at + 5_003);
    expect(services.waitMs('one', at + 15_002)).toBe(0);
    expect(services.heed(from('one', unavailable, 1, at + 15_002), at + 15_003)).toBeNull();
  });

  it('the line is not out while a service is due that may be well again', () => {
    goesOut('one', 0);
    services.heed(from('two', unavailable, 20), 5_000);
    expect(services.heed(from('two', unavailable, 20), 7_000)).toBeNull();
    expect(services.waitMs('one', 7_000)).toBe(0);
    expect(services.heed(from('one', unavailable, 1, 7_000), 7_500)).toEqual({
      cause: '503',
      untilAt: 12_000,
    });
  });

  it('forgets what nothing was heard of for ten minutes, and says that it is out no more', () => {
    const at = goesOut('one', 0);
    services.heed(from('two', accepted), at + 600_001);
    expect(changes.at(-1)).toEqual(['one', null]);
    expect(services.waitMs('one', at + 600_001)).toBe(0);
  });

  it('forgets it also where none is new: by a request or an answer of those that are known', () => {
    services.heed(from('two', accepted), 0);
    goesOut('one', 0);
    services.waitMs('two', 500_000);
    expect(changes).toHaveLength(1);
    services.waitMs('two', 602_001);
    expect(changes.at(-1)).toEqual(['one', null]);
    goesOut('one', 603_000);
    services.heed(from('two', accepted), 1_000_000);
    services.heed(from('two', accepted), 1_206_000);
    expect(changes.slice(2)).toEqual([
      ['one', expect.objectContaining({ cause: '503' })],
      ['one', null],
    ]);
  });
});
