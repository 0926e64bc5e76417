import type { ServerFrame } from '@reveille/contracts/ws/frames';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from './outbox.js';
import { MemoryStorage } from './storage.js';
import { ZIMError, type ZIMErrorCode } from './zim-error.js';

type Sent = Extract<ServerFrame, { t: 'sent' }>;
interface Tried {
  readonly clientMessageId: string;
  readonly attempt: number | undefined;
  answer(): void;
  fail(code: ZIMErrorCode, retryAfterMs?: number): void;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection that a test opens, answers and cuts. */
function desk(storage = new MemoryStorage()) {
  const tried: Tried[] = [];
  const settled: string[] = [];
  const line = { isOpen: true };
  const outbox = new Outbox({
    storage,
    keyOf: (user) => `outbox.${user}`,
    isOpen: () => line.isOpen,
    random: () => 1,
    settled: ({ clientMessageId }, outcome) =>
      void settled.push(
        `${clientMessageId} ${outcome instanceof ZIMError ? outcome.code : outcome.messageId}`,
      ),
    send: ({ clientMessageId, attempt }) => {
      const { promise, resolve, reject } = Promise.withResolvers<Sent>();
      tried.push({
        clientMessageId,
        attempt,
        answer: () => resolve({ t: 'sent', messageId: `id-${clientMessageId}`, acceptedAt: 1 }),
        fail: (code, retryAfterMs) => reject(new ZIMError(code, code, retryAfterMs ?? null)),
      });
      return promise;
    },
  });
  outbox.use('ana');
  const settle = () => vi.advanceTimersByTimeAsync(0);
  return { outbox, tried, settled, line, storage, settle };
}

const message = (clientMessageId: string, text = 'hi') => ({
  clientMessageId,
  recipients: ['bob'],
  content: { type: 'text', text } as const,
});
const attempts = (tried: readonly Tried[]) =>
  tried.map(({ clientMessageId, attempt }) => `${clientMessageId}:${attempt}`);

describe('an outbox', () => {
  it('sends one after the other, in the order in which they were written', async () => {
    const { outbox, tried, settle } = desk();
    const sent = Promise.all([outbox.add(message('a')), outbox.add(message('b'))]);
    expect(attempts(tried)).toEqual(['a:0']);
    tried[0]?.answer();
    await settle();
    expect(attempts(tried)).toEqual(['a:0', 'b:0']);
    tried[1]?.answer();
    expect((await sent).map(({ messageId }) => messageId)).toEqual(['id-a', 'id-b']);
    expect(outbox.size).toBe(0);
  });

  it('sends again after a lost connection, with a higher attempt and the same id', async () => {
    const { outbox, tried, line, settle } = desk();
    const sent = outbox.add(message('a'));
    line.isOpen = false;
    tried[0]?.fail('network');
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(attempts(tried)).toEqual(['a:0']);
    line.isOpen = true;
    outbox.flush();
    expect(attempts(tried)).toEqual(['a:0', 'a:1']);
    tried[1]?.answer();
    expect((await sent).messageId).toBe('id-a');
  });

  it('that is written without a connection goes out as a first attempt', async () => {
    const { outbox, tried, line } = desk();
    line.isOpen = false;
    void outbox.add(message('a'));
    expect(tried).toEqual([]);
    line.isOpen = true;
    outbox.flush();
    expect(attempts(tried)).toEqual(['a:0']);
  });

  it('waits as long as the server says; what the rate limit refused was never stored', async () => {
    const { outbox, tried, settle } = desk();
    void outbox.add(message('a'));
    void outbox.add(message('b'));
    tried[0]?.fail('rate-limited', 100);
    await settle();
    await vi.advanceTimersByTimeAsync(99);
    expect(attempts(tried)).toEqual(['a:0']);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempts(tried)).toEqual(['a:0', 'a:0']);
    tried[1]?.fail('unavailable', 1_000);
    await settle();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(attempts(tried)).toEqual(['a:0', 'a:0', 'a:1']);
  });

  it('asks again when an answer alone was lost', async () => {
    const { outbox, tried, settle } = desk();
    void outbox.add(message('a'));
    tried[0]?.fail('network');
    await settle();
    await vi.advanceTimersByTimeAsync(400);
    expect(attempts(tried)).toEqual(['a:0', 'a:1']);
  });

  it('gives up what the server will never take, and goes on', async () => {
    const { outbox, tried, settle } = desk();
    const refused = (async () =>
      expect(outbox.add(message('a'))).rejects.toMatchObject({ code: 'message-invalid' }))();
    void outbox.add(message('b'));
    tried[0]?.fail('message-invalid');
    await refused;
    await settle();
    expect(attempts(tried)).toEqual(['a:0', 'b:0']);
  });

  it('takes nothing that no frame can hold', async () => {
    const { outbox, tried } = desk();
    await expect(outbox.add(message('a', 'é'.repeat(32_768)))).rejects.toMatchObject({
      code: 'message-too-large',
    });
    expect([tried.length, outbox.size]).toEqual([0, 0]);
  });
});

describe('what was not answered', () => {
  it('is sent after a restart of the app, as a resend', async () => {
    const first = desk();
    void first.outbox.add(message('a'));
    void first.outbox.add(message('b'));
    const second = desk(first.storage);
    second.outbox.flush();
    second.tried[0]?.answer();
    await second.settle();
    expect(attempts(second.tried)).toEqual(['a:1', 'b:0']);
  });

  it('is nobody else’s: another user of the device never sends it', async () => {
    const first = desk();
    void first.outbox.add(message('a'));
    const second = desk(first.storage);
    second.outbox.use('bob');
    second.outbox.flush();
    expect(second.tried).toEqual([]);
    second.outbox.use('ana');
    second.outbox.flush();
    expect(attempts(second.tried)).toEqual(['a:1']);
  });

  it('is given up with a logout', async () => {
    const { outbox, tried, storage, settle } = desk();
    const given = (async () =>
      expect(outbox.add(message('a'))).rejects.toMatchObject({ code: 'logged-out' }))();
    outbox.clear(new ZIMError('logged-out', 'logged out'));
    await given;
    tried[0]?.answer();
    await settle();
    expect([outbox.size, storage.getItem('outbox.ana')]).toEqual([0, null]);
  });

  it('stays kept when the client ends', async () => {
    const { outbox, tried, storage, settle } = desk();
    const left = (async () =>
      expect(outbox.add(message('a'))).rejects.toMatchObject({ code: 'not-connected' }))();
    tried[0]?.fail('unavailable', 1_000);
    await settle();
    outbox.stop(new ZIMError('not-connected', 'ended'));
    await left;
    expect(vi.getTimerCount()).toBe(0);
    expect(storage.getItem('outbox.ana')).toContain('"clientMessageId":"a"');
  });
});

it('the fate of every message is told once: stored, refused, given up, left by an earlier run', async () => {
  const { outbox, tried, settled, storage, settle } = desk();
  const fates = Promise.allSettled(['a', 'b', 'c'].map((id) => outbox.add(message(id))));
  tried[0]?.answer();
  await settle();
  tried[1]?.fail('message-invalid');
  await settle();
  outbox.clear(new ZIMError('logged-out', 'logged out'));
  tried[2]?.answer();
  await settle();
  expect((await fates).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  expect(settled).toEqual(['a id-a', 'b message-invalid', 'c logged-out']);

  const first = desk(storage);
  const left = Promise.allSettled([first.outbox.add(message('d'))]);
  first.outbox.stop(new ZIMError('not-connected', 'ended'));
  await left;
  const second = desk(storage);
  second.outbox.flush();
  second.tried[0]?.answer();
  await settle();
  expect([first.settled, second.settled]).toEqual([[], ['d id-d']]);
});
