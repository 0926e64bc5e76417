import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { OpenQuestions } from './open-questions.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('gives each question the frame with its id', async () => {
  const questions = new OpenQuestions(1_000);
  const [first, second] = [questions.open('ok'), questions.open('pong')];
  expect(first.id).not.toBe(second.id);
  expect(questions.answered({ t: 'pong', id: second.id })).toBe(true);
  expect(questions.answered({ t: 'pong', id: second.id })).toBe(false);
  expect(questions.answered({ t: 'pong' })).toBe(false);
  questions.answered({ t: 'ok', id: first.id });
  expect([await first.answer, await second.answer]).toEqual([
    { t: 'ok', id: first.id },
    { t: 'pong', id: second.id },
  ]);
});

it('rejects with the refusal of the server, or when the answer is another frame', async () => {
  const questions = new OpenQuestions(1_000);
  const refused = questions.open('ok');
  questions.answered({
    t: 'error',
    id: refused.id,
    code: 'rate-limited',
    message: 'slower',
    retryAfterMs: 70,
  });
  await expect(refused.answer).rejects.toMatchObject({
    code: 'rate-limited',
    message: 'slower',
    retryAfterMs: 70,
  });
  const wrong = questions.open('ok');
  questions.answered({ t: 'pong', id: wrong.id });
  await expect(wrong.answer).rejects.toMatchObject({ code: 'frame-invalid' });
});

it('rejects when nothing comes, and when the connection goes', async () => {
  const questions = new OpenQuestions(1_000);
  const silent = questions.open('ok');
  const isSilent = (async () => expect(silent.answer).rejects.toMatchObject({ code: 'network' }))();
  await vi.advanceTimersByTimeAsync(1_000);
  await isSilent;
  const cut = questions.open('ok');
  questions.abandon();
  await expect(cut.answer).rejects.toMatchObject({ code: 'network' });
  expect(vi.getTimerCount()).toBe(0);
});
