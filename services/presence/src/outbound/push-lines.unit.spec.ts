import { beforeEach, expect, it } from 'vitest';
import type { KeptWords, PushLinesRepository } from './db/push-lines.repository.js';
import { openTokenWords } from './push-lines.js';

const line = { app: 'chat', vendor: 'apns' } as const;
let now: number;
let counts: number[];
let others: number;
let kept: KeptWords;
beforeEach(() => {
  [now, counts, others] = [1_000_000, [], 40];
  kept = { condemned: 6, words: 7, heard: 10, listed: 0 };
});

const open = () =>
  openTokenWords(
    {
      count: async (_stream, { startTime }) => {
        counts.push(startTime);
        return others;
      },
    },
    { wordsSince: async () => kept, live: async () => 500 } as unknown as PushLinesRepository,
    { now: () => now },
  );

it('adds what condemns and what lies in the log', async () => {
  expect(await open().tallySince(line, 400_000, 'exactly')).toEqual({
    sinceAt: 400_000,
    condemned: 6,
    words: 7,
    heard: 50,
  });
});

it('holds a list against all tokens that there were', async () => {
  kept = { ...kept, listed: 3 };
  expect((await open().tallySince(line, 400_000, 'exactly')).heard).toBe(506);
});

it('counts once a second for who wants it about', async () => {
  const words = open();
  for (const sinceAt of [400_000, 400_500, 940_000, 940_500]) await words.tallySince(line, sinceAt, 'about');
  expect(counts).toEqual([400_000, 940_000]);
  others = 90;
  expect((await words.tallySince(line, 400_500, 'exactly')).heard).toBe(100);
  now += 999;
  expect((await words.tallySince(line, 400_999, 'about')).heard).toBe(100);
  now += 1;
  others = 140;
  expect((await words.tallySince(line, 401_000, 'about')).heard).toBe(150);
});
