import { UnavailableError } from '@reveille/contracts/errors';
import type { WithdrawalJob } from '@reveille/contracts/push/withdrawal';
import { beforeEach, expect, it } from 'vitest';
import type { RevocationAtHand, StoredRound } from '../ports.js';
import { withdrawPushes } from './withdraw-pushes.js';

const revokedAt = 1_000_000;
const revocation: RevocationAtHand = {
  app: 'demo',
  position: 9,
  eventId: 'event-1',
  traceparent: '00-1-1-01',
  revokedAt,
  messageId: 'm1',
};
const roundOf = (round: number, ...users: string[]): StoredRound => ({
  chunk: 0,
  round,
  settledAt: 5,
  recipients: users.map((user) => ({
    user,
    devices: [
      {
        deviceId: `${user}-1`,
        verdict: {
          kind: 'push',
          vendor: 'harmony',
          lane: 'normal',
          strategy: 'alert',
          tokenRef: `ref-of-the-token-${user}`,
          collapse: 'm1',
          expiresAt: revokedAt + 60_000,
        },
        facts: null,
      },
    ],
  })),
});

let recipients: readonly string[] | null;
let rounds: StoredRound[];
let now: number;
let published: WithdrawalJob[];
let isAway: boolean;
const withdraw = () =>
  withdrawPushes({
    ledger: {
      assertAvailable: () => {
        if (isAway) throw new UnavailableError('no database');
      },
      messageBefore: async (position) =>
        position === revocation.position && recipients !== null ? { partition: 7, recipients } : null,
      settledRounds: async () => rounds,
    },
    outbox: { withdrawal: async (_context, job) => void published.push(job) },
    time: { now: () => now },
  })(revocation);
const ids = () => published.map(({ jobId }) => jobId);

beforeEach(() => {
  [recipients, rounds, now, published, isAway] = [['bob'], [roundOf(0, 'bob')], revokedAt + 5, [], false];
});

it('withdraws what was pushed, and the same again when it comes again', async () => {
  expect([await withdraw(), await withdraw()]).toEqual(['done', 'done']);
  expect(ids()).toEqual(['wd:m1:0:0:harmony:0', 'wd:m1:0:0:harmony:0']);
  expect(published[0]).toEqual(published[1]);
  expect(published[0]).toMatchObject({ because: 'revoked', partition: 7, attempt: 1 });
});

it('is left while a recipient has no verdict, and withdraws meanwhile what has one', async () => {
  recipients = ['bob', 'cleo'];
  expect(await withdraw()).toBe('left');
  expect(ids()).toEqual(['wd:m1:0:0:harmony:0']);
  rounds = [roundOf(0, 'bob'), roundOf(1, 'cleo')];
  expect(await withdraw()).toBe('done');
  expect(ids()).toContain('wd:m1:0:1:harmony:0');
});

it('gives up on a message that nobody decides', async () => {
  rounds = [];
  now = revokedAt + 120_000;
  expect(await withdraw()).toBe('left');
  now += 1;
  expect(await withdraw()).toBe('done');
  expect(published).toEqual([]);
});

it('does nothing about a message that is unknown, or was pushed too long ago', async () => {
  recipients = null;
  expect(await withdraw()).toBe('done');
  [recipients, now] = [['bob'], revokedAt + 600_000];
  expect(await withdraw()).toBe('done');
  expect(published).toEqual([]);
});

it('is not acknowledged while the views are away', async () => {
  isAway = true;
  await expect(withdraw()).rejects.toThrow(UnavailableError);
});
