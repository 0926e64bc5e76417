import { UnavailableError } from '@reveille/contracts/errors';
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

it('a fault that may pass is everybody’s, at once', async () => {
  const asked: number[][] = [];
  const ask = gatherBatch<number, number>({
    maxSize: 2,
    maxDelayMs: 2,
    run: async (questions) => {
      asked.push(questions);
      throw new UnavailableError('away');
    },
  });
  const failed = await Promise.allSettled([ask(1), ask(2)]);
  expect(failed).toEqual([1, 2].map(() => ({ status: 'rejected', reason: new UnavailableError('away') })));
  expect(asked).toEqual([[1, 2]]);
});

it('a question that cannot be answered fails alone, and so does one answer too few', async () => {
  const ask = gatherBatch<number, number>({
    maxSize: 8,
    maxDelayMs: 2,
    run: async (questions) => {
      if (questions.includes(3)) throw new Error('too much');
      return questions.includes(6) ? [] : questions.map((question) => question * 10);
    },
  });
  const ends = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(ask));
  const said = ends.map((end) => (end.status === 'fulfilled' ? end.value : (end.reason as Error).message));
  expect(said).toEqual([10, 20, 'too much', 40, 50, '1 questions, 0 answers', 70, 80]);
});
