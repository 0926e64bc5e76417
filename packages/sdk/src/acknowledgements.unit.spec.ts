import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Acknowledgements } from './acknowledgements.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('what was refused for now is said again at its time, and nothing else is', async () => {
  const told: { id: string; messageIds: string[] }[] = [];
  const acknowledgements = new Acknowledgements((frame) => void told.push(frame));
  acknowledgements.say(['m1', 'm2']);
  acknowledgements.say(['m3']);
  const [first, second] = told.map(({ id }) => id) as [string, string];
  acknowledgements.refused({ id: first, retryAfterMs: 200 });
  acknowledgements.refused({ id: second, retryAfterMs: null });
  acknowledgements.refused({ id: 'of another frame', retryAfterMs: 100 });
  await vi.advanceTimersByTimeAsync(199);
  expect(told).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told.map(({ messageIds }) => messageIds)).toEqual([['m1', 'm2'], ['m3'], ['m1', 'm2']]);
  expect(new Set(told.map(({ id }) => id)).size).toBe(3);
});

it('remembers the last ones alone', async () => {
  const told: { id: string }[] = [];
  const acknowledgements = new Acknowledgements((frame) => void told.push(frame));
  for (let count = 0; count < 65; count += 1) acknowledgements.say([`m${count}`]);
  for (const { id } of [...told]) acknowledgements.refused({ id, retryAfterMs: 10 });
  await vi.advanceTimersByTimeAsync(10);
  expect(told).toHaveLength(65 + 64);
});
