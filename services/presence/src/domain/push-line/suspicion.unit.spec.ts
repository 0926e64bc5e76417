import { describe, expect, it } from 'vitest';
import { hasRecovered, isSuspicious, type LineTally, windowsOf, wordsCountFrom } from './suspicion.js';

const policy = { minimum: 20, sharePercent: 30, windowMs: 600_000 };
const tally = (condemned: number, heard: number, words = condemned): LineTally => ({
  sinceAt: 0,
  condemned,
  words,
  heard,
});

describe('suspicion', () => {
  it.each([
    ['5 % of many', tally(50, 1_000), false],
    ['60 % at once', tally(60, 100), true],
    ['all of a small app', tally(19, 19), false],
    ['just enough tokens and share', tally(20, 66), true],
    ['just too small a share', tally(20, 67), false],
    ['the same few tokens again and again', tally(3, 100, 90), false],
    ['more words than were heard of', tally(25, 0), true],
    ['nothing', tally(0, 0), false],
  ])('%s', (_, seen, expected) => expect(isSuspicious(seen, policy)).toBe(expected));
  it('can be switched off', () =>
    expect(isSuspicious(tally(100, 100), { ...policy, sharePercent: 0 })).toBe(false));
  it('looks at a short and a long time', () => expect(windowsOf(policy)).toEqual([60_000, 600_000]));
});

describe('after a suspicion', () => {
  const trust = (because: 'operator' | 'recovered') =>
    ({ vendor: 'fcm', because, trustedAt: 1_000 }) as const;
  it.each([
    ['never suspected', null, 5_000, 0],
    ['recovered: the old words are forgotten', trust('recovered'), 5_000, 1_000],
    ['an operator is believed for a while', trust('operator'), 600_999, null],
    ['and not for longer', trust('operator'), 601_000, 1_000],
  ])('%s', (_, given, saidAt, expected) => expect(wordsCountFrom(given, saidAt, policy)).toBe(expected));
});

describe('recovery', () => {
  it.each([
    ['nothing heard is no proof', tally(0, 0), false],
    ['too little heard', tally(0, 19), false],
    ['all good', tally(0, 20), true],
    ['few dead', tally(5, 100), true],
    ['still too many', tally(40, 100), false],
    ['the same dead tokens over and over', tally(2, 100, 60), false],
  ])('%s', (_, seen, expected) => expect(hasRecovered(seen, policy)).toBe(expected));
});
