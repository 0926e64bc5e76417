import { UnavailableError } from '@reveille/contracts/errors';
import type { PushReceipted } from '@reveille/contracts/push/receipt';
import { beforeEach, expect, it } from 'vitest';
import type { VendorAnswer } from '../vendor.js';
import { collectDeadTokens, type CollectDeadTokensPorts } from './collect-dead-tokens.js';

const now = 1_000_000;
const everyMs = 3_600_000;
const list = (text: string): VendorAnswer => ({
  kind: 'answered',
  status: 200,
  headers: {},
  body: Buffer.from(text),
});

let kept: PushReceipted[];
let unread: string[];
let done: number[];
let turn: { lastAt: number | null } | null;
let answer: VendorAnswer;
let isShut: boolean;
let isDurable: boolean;
let sent: number;
beforeEach(() => {
  [kept, unread, done, sent] = [[], [], [], 0];
  [turn, answer, isShut, isDurable] = [{ lastAt: 400_000 }, list('dead,foreign'), false, true];
});

const collect = async (credential: object = { kind: 'ready', credential: {} }) => {
  const line = {
    channel: {
      feedback: {
        everyMs,
        request: () => ({}),
        read: (given: VendorAnswer) =>
          given.kind === 'answered' && given.status === 200
            ? Buffer.from(given.body).toString().split(',')
            : null,
      },
    },
    gate: { isShut },
    credential: async () => credential,
    sender: {
      send: async () => {
        sent += 1;
        return answer;
      },
    },
  };
  const ports = {
    lines: { of: () => line as never },
    turns: {
      take: async () => turn && { ...turn, done: async (at) => void done.push(at) },
    },
    keep: {
      facts: {
        owners: async (_app, _vendor, tokens) =>
          tokens.map((token) =>
            token === 'dead'
              ? { tokenRef: 'reference-of-bob', deviceId: 'phone-1', user: 'bob' }
              : { tokenRef: 'reference-of-nobody', deviceId: null, user: null },
          ),
        places: async (pushes) => pushes.map(() => null),
      },
      journal: {
        receipted: async (_app, _partition, event) => {
          if (!isDurable) throw new UnavailableError('no PubAck');
          kept.push(event);
          return true;
        },
      },
      kept: () => undefined,
    },
    clock: { now: () => now },
    unread: (_app, _vendor, cause) => void unread.push(cause),
  } satisfies CollectDeadTokensPorts;
  await collectDeadTokens(ports)('shop', 'fcm');
};

it('keeps every token of the list as a receipt that is as old as the list before', async () => {
  await collect();
  expect(kept).toMatchObject([
    { deviceId: 'phone-1', user: 'bob', status: 'token-unregistered', source: 'list', observedAt: 400_000 },
    { deviceId: null, tokenRef: 'reference-of-nobody', source: 'list' },
  ]);
  expect(done).toEqual([now]);
});

it('takes the first list as what died in one period', async () => {
  turn = { lastAt: null };
  await collect();
  expect(kept[0]?.observedAt).toBe(now - everyMs);
});

it('is one worker’s turn', async () => {
  turn = null;
  await collect();
  expect([sent, kept]).toEqual([0, []]);
});

it('asks nothing of a vendor whose line is shut', async () => {
  isShut = true;
  await collect();
  expect(sent).toBe(0);
});

it.each([
  ['a refused credential', { kind: 'refused', cause: 'no such key' }, null, 'no such key'],
  [
    'no answer',
    undefined,
    { kind: 'unknown', because: 'timeout', cause: 'it takes too long' },
    'it takes too long',
  ],
  [
    'another answer',
    undefined,
    { kind: 'answered', status: 500, headers: {}, body: new Uint8Array() },
    'the answer is not the list',
  ],
] as const)('%s is told, and fetched at the next turn', async (_, credential, given, cause) => {
  if (given !== null) answer = given;
  await collect(credential);
  expect([unread, kept, done]).toEqual([[cause], [], []]);
});

it('what could not be kept is fetched again', async () => {
  isDurable = false;
  await expect(collect()).rejects.toThrow('no PubAck');
  expect(done).toEqual([]);
});
