import type { InboxItem } from '@reveille/contracts/ask/live';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Inbox, type InboxPage } from './inbox.js';
import { MemoryStorage } from './storage.js';
import { ZIMError, type ZIMErrorCode } from './zim-error.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const item = (position: number): InboxItem => ({
  messageId: `m${position}`,
  position,
  sender: 'ana',
  recipient: 'bob',
  content: { type: 'text', text: `text ${position}` },
  priority: 'medium',
  acceptedAt: position,
});
const page = (positions: readonly number[], cursor: string, more = false): InboxPage => ({
  items: positions.map(item),
  cursor,
  more,
});

/** An inbox whose pages the test gives. */
function desk(storage = new MemoryStorage()) {
  const asked: {
    cursor: string | null;
    give: (page: InboxPage) => void;
    fail: (code: ZIMErrorCode, retryAfterMs?: number) => void;
  }[] = [];
  const arrived: string[] = [];
  const acknowledged: string[] = [];
  const failures: string[] = [];
  const connection = { isOpen: true };
  const inbox = new Inbox({
    storage,
    keyOf: (user) => `inbox.${user}`,
    fetch: (cursor) =>
      new Promise((resolve, reject) => {
        const fail = (code: ZIMErrorCode, wait?: number): void =>
          reject(new ZIMError(code, code, wait ?? null));
        asked.push({ cursor, give: resolve, fail });
      }),
    acknowledge: (ids) => void acknowledged.push(...ids),
    isOpen: () => connection.isOpen,
    arrived: (items, isOffline) =>
      void arrived.push(...items.map(({ messageId }) => (isOffline ? `${messageId} missed` : messageId))),
    failed: ({ code }) => void failures.push(code),
    random: () => 1,
  });
  inbox.use('bob');
  return { inbox, storage, asked, arrived, acknowledged, failures, connection, settle };
}
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

describe('after a login', () => {
  it('what was missed comes first, page by page, and live messages after it', async () => {
    const { inbox, asked, arrived, acknowledged } = desk();
    const done = inbox.catchUp();
    inbox.live(item(4));
    expect([arrived, acknowledged]).toEqual([[], ['m4']]);
    asked[0]?.give(page([1, 2], 'after-2', true));
    await settle();
    inbox.live(item(5));
    asked[1]?.give(page([3, 4], 'after-4'));
    await done;
    inbox.live(item(6));
    expect(asked.map(({ cursor }) => cursor)).toEqual([null, 'after-2']);
    expect(arrived).toEqual(['m1 missed', 'm2 missed', 'm3 missed', 'm4 missed', 'm5', 'm6']);
    expect(acknowledged).toEqual(['m4', 'm1', 'm2', 'm5', 'm3', 'm4', 'm6']);
  });

  it('live messages do not wait while pages fail, and the pages are asked for again', async () => {
    const { inbox, asked, arrived } = desk();
    const done = inbox.catchUp();
    inbox.live(item(3));
    asked[0]?.fail('unavailable', 500);
    await settle();
    inbox.live(item(4));
    expect(arrived).toEqual(['m3', 'm4']);
    await vi.advanceTimersByTimeAsync(499);
    expect(asked.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    asked[1]?.give(page([1, 2, 3, 4], 'after-4'));
    await done;
    expect(arrived).toEqual(['m3', 'm4', 'm1 missed', 'm2 missed']);
  });

  it('a connection that breaks hands over what it held; the next one goes on at the cursor', async () => {
    const { inbox, asked, arrived, connection } = desk();
    const done = inbox.catchUp();
    asked[0]?.give(page([1], 'after-1', true));
    await settle();
    inbox.live(item(9));
    connection.isOpen = false;
    asked[1]?.fail('network');
    await done;
    expect(arrived).toEqual(['m1 missed', 'm9']);
    connection.isOpen = true;
    void inbox.catchUp();
    expect(asked.at(-1)?.cursor).toBe('after-1');
  });

  it('a page that a newer fetch has overtaken counts for nothing', async () => {
    const { inbox, asked, arrived } = desk();
    void inbox.catchUp();
    const done = inbox.catchUp();
    asked[0]?.give(page([1], 'after-1'));
    await settle();
    expect(arrived).toEqual([]);
    asked[1]?.give(page([1, 2], 'after-2'));
    await done;
    expect(arrived).toEqual(['m1 missed', 'm2 missed']);
  });

  it('a cursor that the server does not know any more is given up', async () => {
    const first = desk();
    void first.inbox.catchUp();
    first.asked[0]?.give(page([1], 'of-another-log'));
    await settle();
    const { inbox, asked, arrived } = desk(first.storage);
    void inbox.catchUp();
    expect(asked[0]?.cursor).toBe('of-another-log');
    asked[0]?.fail('cursor-invalid');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(asked[1]?.cursor).toBe(null);
    asked[1]?.give(page([7], 'after-7'));
    await settle();
    expect(arrived).toEqual(['m7 missed']);
  });

  it('a refusal that time does not cure is told', async () => {
    const { inbox, asked, failures } = desk();
    const done = inbox.catchUp();
    asked[0]?.fail('forbidden');
    await done;
    expect([failures, asked.length]).toEqual([['forbidden'], 1]);
  });
});

describe('the next run of the app', () => {
  it('goes on behind the last page, and gets nothing again', async () => {
    const first = desk();
    void first.inbox.catchUp();
    first.asked[0]?.give(page([1], 'after-1'));
    await settle();
    first.inbox.live(item(2));
    const { inbox, asked, arrived, acknowledged } = desk(first.storage);
    void inbox.catchUp();
    expect(asked[0]?.cursor).toBe('after-1');
    asked[0]?.give(page([2, 3], 'after-3'));
    await settle();
    // The router may still ask about what a page of the last run brought.
    inbox.live(item(1));
    expect([arrived, acknowledged]).toEqual([['m3 missed'], ['m2', 'm3', 'm1']]);
  });

  it('begins anew where what was kept cannot be read', () => {
    const storage = new MemoryStorage();
    storage.setItem('inbox.bob', '{"cursor":7,"recent":[1]');
    const { inbox, asked } = desk(storage);
    void inbox.catchUp();
    expect(asked[0]?.cursor).toBe(null);
  });
});

it('another user on the same device has the same message too, and goes on where they were', async () => {
  const { inbox, asked, arrived } = desk();
  void inbox.catchUp();
  asked[0]?.give(page([1], 'bob-1'));
  await settle();
  inbox.use('cleo');
  void inbox.catchUp();
  expect(asked[1]?.cursor).toBe(null);
  asked[1]?.give(page([1], 'cleo-1'));
  await settle();
  expect(arrived).toEqual(['m1 missed', 'm1 missed']);
  inbox.use('bob');
  void inbox.catchUp();
  expect(asked[2]?.cursor).toBe('bob-1');
});

it('many live messages move the cursor, so that little has to be remembered', async () => {
  const { inbox, storage, asked, arrived } = desk();
  void inbox.catchUp();
  asked[0]?.give(page([], 'after-0'));
  await settle();
  for (const round of [1, 2, 3, 4]) {
    const positions = Array.from({ length: 100 }, (_, index) => (round - 1) * 100 + index + 1);
    for (const position of positions) inbox.live(item(position));
    asked[round]?.give(page(positions, `after-${round * 100}`));
    await settle();
  }
  expect(asked.map(({ cursor }) => cursor)).toEqual([null, 'after-0', 'after-100', 'after-200', 'after-300']);
  expect(arrived.filter((id) => !id.endsWith('missed')).length).toBe(400);
  const { cursor, recent } = JSON.parse(storage.getItem('inbox.bob') ?? '') as {
    cursor: string;
    recent: string[];
  };
  expect([cursor, recent.length, recent[0], recent.at(-1)]).toEqual(['after-400', 300, 'm101', 'm400']);
});

it('what is not told any more is not handed over after the end', async () => {
  const { inbox, asked, arrived } = desk();
  void inbox.catchUp();
  inbox.live(item(2));
  inbox.stop();
  asked[0]?.give(page([1, 2], 'after-2'));
  await settle();
  expect(arrived).toEqual([]);
});
