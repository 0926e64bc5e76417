import { describe, expect, it } from 'vitest';
import { LinePace } from './line-pace.js';

/** Sends single targets for so many seconds as fast as the pace lets them go; how many went in each. */
function run(pace: LinePace, seconds: number, startsAt = 1_000_000): number[] {
  const went = Array.from({ length: seconds }, () => 0);
  let now = startsAt;
  while (now < startsAt + seconds * 1_000) {
    const wait = pace.waitMs(1, 'normal', now);
    if (wait === 0) went[Math.floor((now - startsAt) / 1_000)]! += 1;
    else now += wait;
  }
  return went;
}

describe('a limit', () => {
  it('is kept to, and evenly', () => {
    const pace = new LinePace(50);
    pace.waitMs(1, 'normal', 999_000);
    for (const count of run(pace, 5)) expect(Math.abs(count - 50)).toBeLessThanOrEqual(5);
  });
  it('is shared by the workers that there are', () => {
    const pace = new LinePace(90);
    pace.shareWith(3);
    expect(pace.perSecond).toBe(30);
  });
  it('holds for wide jobs too: what comes after one waits the longer', () => {
    const pace = new LinePace(100);
    expect(pace.waitMs(500, 'normal', 1_000)).toBe(0);
    const wait = pace.waitMs(1, 'normal', 1_000);
    expect(wait).toBeGreaterThan(4_800);
    expect(pace.waitMs(1, 'normal', 1_000 + wait)).toBe(0);
  });
  it('no lane waits for what a lesser one has spent; a lesser one waits for all', () => {
    const pace = new LinePace(10);
    expect(pace.waitMs(500, 'bulk', 1_000)).toBe(0);
    expect(pace.waitMs(1, 'normal', 1_000)).toBe(0);
    expect(pace.waitMs(1, 'urgent', 1_000)).toBe(0);
    expect(pace.waitMs(1, 'urgent', 1_000)).toBe(100);
    expect(pace.waitMs(1, 'normal', 1_000)).toBe(200);
    expect(pace.waitMs(1, 'bulk', 1_000)).toBe(50_200);
  });
  it('gets back what was not sent', () => {
    const pace = new LinePace(100);
    pace.waitMs(500, 'normal', 1_000);
    pace.giveBack(500, 'normal');
    expect(pace.waitMs(1, 'normal', 1_000)).toBe(0);
  });
});

describe('what the vendor complains of', () => {
  it('is no limit while it does not', () => {
    const pace = new LinePace(null);
    expect([pace.perSecond, pace.waitMs(100_000, 'normal', 5)]).toEqual([null, 0]);
    pace.heed(1_000, 10, 1_000);
    pace.heed(1_000, 10, 2_000);
    expect(pace.perSecond).toBeNull();
  });
  it('one device that is throttled slows nobody', () => {
    const pace = new LinePace(null);
    for (let second = 1; second < 10; second += 1) pace.heed(1, 1, second * 1_000);
    expect(pace.perSecond).toBeNull();
  });
  it('slows the line at once, and lets it grow slowly until it is forgotten', () => {
    const pace = new LinePace(null);
    pace.heed(1_000, 500, 1_000);
    pace.heed(0, 0, 2_000);
    expect(pace.perSecond).toBe(600);
    pace.heed(600, 300, 2_100);
    pace.heed(0, 0, 3_000);
    expect(pace.perSecond).toBe(360);
    pace.heed(360, 0, 3_100);
    pace.heed(0, 0, 4_000);
    expect(pace.perSecond).toBeCloseTo(396);
    for (let second = 5; second < 60; second += 1) pace.heed(10, 0, second * 1_000);
    expect(pace.perSecond).toBeNull();
  });
  it('never stops a line', () => {
    const pace = new LinePace(null);
    for (let second = 1; second < 100; second += 1) pace.heed(10, 10, second * 1_000);
    expect(pace.perSecond).toBe(1);
  });
  it('never goes beyond what is set', () => {
    const pace = new LinePace(100);
    pace.heed(100, 50, 1_000);
    for (let second = 2; second < 60; second += 1) pace.heed(100, 0, second * 1_000);
    expect(pace.perSecond).toBe(100);
  });
});
