import { describe, expect, it } from 'vitest';
import {
  afterRenewal,
  isDayUnsure,
  isOfDay,
  movedTo,
  quotaDayOf,
  readDayTurn,
  renewalAfter,
  takeBlock,
  untouched,
} from './quota.js';

const at = (text: string) => Date.parse(text);
const turn = (text: string) => {
  const read = readDayTurn(text);
  if (read === null) throw new Error(`${text} was not read`);
  return read;
};

describe('the day of a quota', () => {
  it('turns at midnight in UTC+8 by default', () => {
    const china = turn('00:00+08:00');
    expect(quotaDayOf(china, at('2026-03-01T15:59:59.999Z'))).toEqual({
      startsAt: at('2026-02-28T16:00:00Z'),
      renewsAt: at('2026-03-01T16:00:00Z'),
    });
    expect(quotaDayOf(china, at('2026-03-01T16:00:00Z'))).toEqual({
      startsAt: at('2026-03-01T16:00:00Z'),
      renewsAt: at('2026-03-02T16:00:00Z'),
    });
  });
  it.each([
    ['00:00+00:00', '2026-03-02T00:00:00Z'],
    ['12:30:15+00:00', '2026-03-01T12:30:15Z'],
    ['00:00-05:30', '2026-03-01T05:30:00Z'],
    ['23:00+23:59', '2026-03-01T23:01:00Z'],
  ])('turns at %s', (text, renewsAt) => {
    expect(quotaDayOf(turn(text), at('2026-03-01T04:00:00Z')).renewsAt).toBe(at(renewsAt));
  });
  it.each(['', '24:00+08:00', '00:00', '0:00+08:00', '00:00+8', '00:00Z'])('refuses %j', (text) => {
    expect(readDayTurn(text)).toBeNull();
  });
  it.each([
    ['the day is old', '2026-03-01T15:59:59.999Z', false, '2026-03-01T16:00:00Z'],
    ['it has just turned: the vendor may not have', '2026-03-01T16:00:59.999Z', true, '2026-03-01T16:01:00Z'],
    ['it has turned for good', '2026-03-01T16:01:00Z', false, '2026-03-02T16:00:00Z'],
  ])('spent when %s', (_, moment, isUnsure, renewsAt) => {
    const china = turn('00:00+08:00');
    expect([isDayUnsure(china, at(moment)), renewalAfter(china, at(moment))]).toEqual([
      isUnsure,
      at(renewsAt),
    ]);
  });
  it('lets nothing come back before its renewal, whatever is drawn', () => {
    for (const random of [0, 0.5, 0.999]) expect(afterRenewal(1_000, random)).toBeGreaterThan(1_000);
    expect(afterRenewal(1_000, 0.999)).toBeLessThan(1_000 + 12_000);
  });
});

describe('a turn that is changed', () => {
  it.each([
    ['earlier: the count speaks of the same day until then', '17:00:15+00:00', true],
    ['later: the same', '23:00+00:00', true],
    ['to what has passed since it was begun: the day is over', '16:45+00:00', false],
    ['to what had passed by then: the day goes on', '16:15+00:00', true],
  ])('%s', (_, text, isIts) => {
    expect(isOfDay(at('2026-03-01T16:30:00Z'), turn(text), at('2026-03-01T17:00:00Z'))).toBe(isIts);
  });
  it('holds for a count that began ahead of our clock', () => {
    const china = turn('00:00+08:00');
    expect(isOfDay(at('2026-03-01T16:00:00.100Z'), china, at('2026-03-01T15:59:59.900Z'))).toBe(true);
    expect(isOfDay(at('2026-03-01T15:59:59Z'), china, at('2026-03-01T16:00:00Z'))).toBe(false);
  });
  it('moves what waits for another renewal, and only that', () => {
    for (const random of [0, 0.5, 0.999])
      expect(movedTo(afterRenewal(1_000_000, random), 1_000_000, 0.3)).toBe(afterRenewal(1_000_000, random));
    expect(movedTo(afterRenewal(1_000_000, 0.5), 400_000, 0.3)).toBe(afterRenewal(400_000, 0.3));
    expect(movedTo(afterRenewal(400_000, 0.5), 1_000_000, 0.3)).toBe(afterRenewal(1_000_000, 0.3));
  });
});

describe('a block of allowance', () => {
  const sinceAt = 1_000;
  const fresh = untouched(sinceAt);
  it('is a share of the cap while much is left, so that it is asked for rarely', () => {
    expect(takeBlock(fresh, 10_000, 1)).toEqual({
      count: { sinceAt, taken: 100, spentBy: null },
      granted: 100,
    });
    expect(takeBlock(fresh, 1_000_000, 1).granted).toBe(500);
  });
  it('is what is needed when that is more', () => {
    expect(takeBlock(fresh, 10_000, 400).granted).toBe(400);
  });
  it('shrinks towards the end of the cap, and then the quota is spent', () => {
    expect(takeBlock({ sinceAt, taken: 95, spentBy: null }, 100, 1).granted).toBe(1);
    expect(takeBlock({ sinceAt, taken: 98, spentBy: null }, 100, 5)).toEqual({
      count: { sinceAt, taken: 100, spentBy: 'count' },
      granted: 2,
    });
    expect(takeBlock({ sinceAt, taken: 100, spentBy: null }, 100, 1)).toEqual({
      count: { sinceAt, taken: 100, spentBy: 'count' },
      granted: 0,
    });
  });
  it('is counted where the cap is not known, and ends with the vendor saying so', () => {
    expect(takeBlock(fresh, null, 7)).toEqual({ count: { sinceAt, taken: 7, spentBy: null }, granted: 7 });
    expect(takeBlock({ sinceAt, taken: 7, spentBy: 'vendor' }, null, 1).granted).toBe(0);
  });
});
