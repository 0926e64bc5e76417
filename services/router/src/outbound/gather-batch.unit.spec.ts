import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gatherBatch } from './gather-batch.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('asks at once when enough have come, else when the time is up', async () => {
  const asked: number[][] = [];
  const ask = gatherBatch<number, number>({
    maxSize: 3,
    maxDelayMs: 2,
    run: async (questions) => {
      asked.push(questions);
      return questions.map((question) => question * 10);
    },
  });
  const answers = Promise.all([1, 2, 3, 4].map(ask));
  expect(asked).toEqual([[1, 2, 3]]);
  await vi.advanceTimersByTimeAsync(2);
  expect(await answers).toEqual([10, 20, 30, 40]);
  expect(asked).toEqual([[1, 2, 3], [4]]);
});

it('a failure is everybody’s of that batch, and so is an answer too few', async () => {
  const ask = gatherBatch<number, number>({
    maxSize: 2,
    maxDelayMs: 2,
    run: async ([first]) => {
      if (first === 1) throw new Error('away');
      return [7];
    },
  });
  const failed = await Promise.allSettled([ask(1), ask(2), ask(3), ask(4)]);
  expect(failed.map((end) => (end.status === 'rejected' ? String(end.reason.message) : 'fine'))).toEqual([
    'away',
    'away',
    '2 questions, 1 answers',
    '2 questions, 1 answers',
  ]);
});
