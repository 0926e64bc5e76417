import type { StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { ConflictError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { subjects } from '@reveille/contracts/subjects';
import { beforeEach, expect, it } from 'vitest';
import { moveWaitingJobs } from './move-waiting-jobs.js';

const dueAt = 40_000_000;
const attempts = { messageId: 'm1', chunk: 0, round: 0 };

const job = {
  ...attempts,
  jobId: 'm1:0:0:xiaomi:0',
  vendor: 'xiaomi',
  lane: 'bulk',
  attempt: 2,
  repeat: false,
  partition: 7,
  settledAt: 1,
  acceptedAt: 1,
  notification: {
    strategy: 'alert',
    title: '',
    content: 'hello',
    payload: '',
    threadId: '',
    badgeIncrement: null,
    resourcesId: 'offers',
    sender: 'shop',
    collapse: 'm1',
    sentAt: 1,
    expiresAt: 4 * dueAt,
  },
  targets: [
    {
      user: 'bob',
      deviceId: 'd1',
      tokenRef: 'ref-of-a-token-0000',
      sealedToken: null,
      environment: 'production',
      notBefore: dueAt,
      waitsForQuota: true,
    },
  ],
};

const waiting = (sequence: number, change: Partial<StoredMessage> = {}): StoredMessage => ({
  stream: 'PUSH_JOBS',
  sequence,
  subject: subjects.pushLater('xiaomi', 'bulk', 'shop', `m1:0:${sequence}`, 2),
  storedAt: 1,
  headers: { [header.schedule]: `@at ${new Date(dueAt).toISOString()}` },
  data: Buffer.from(JSON.stringify(job)),
  ...change,
});

let errors = 0;
let sent = 0;
beforeEach(() => {
  [errors, sent] = [0, 0];
});

interface Log {
  readonly holds: readonly StoredMessage[];
  /** What becomes of the move of the n-th. */
  readonly publish?: (nth: number) => Promise<void>;
  /** The log is away behind the last. */
  readonly breaks?: Error;
}

function move(
  { holds, publish = () => Promise.resolve(), breaks }: Log,
  signal = new AbortController().signal,
) {
  const bus = {
    streamTail: async () => holds.length,
    scan: async function* () {
      yield* holds;
      if (breaks !== undefined) throw breaks;
    },
    publisher: { publishFact: () => publish((sent += 1)) },
    logger: { error: () => (errors += 1) },
  } as unknown as Bus;
  return moveWaitingJobs('shop', 'xiaomi', {
    bus,
    renewsAt: () => 2 * dueAt,
    now: () => 0,
    random: () => 0.5,
    signal,
  });
}
const three = [waiting(1), waiting(2), waiting(3)];

it('moves what waits, and leaves alone what was moved by somebody else', async () => {
  const publish = (nth: number) =>
    nth === 2 ? Promise.reject(new ConflictError('moved')) : Promise.resolve();
  expect(await move({ holds: three, publish })).toBe(3);
  expect(sent).toBe(3);
});

it('rejects with the first fault of a move, and not before the others are over', async () => {
  let end: () => void = () => undefined;
  const publish = (nth: number) =>
    nth === 1
      ? new Promise<void>((resolve) => (end = resolve))
      : Promise.reject(new Error(nth === 2 ? 'full' : 'away'));
  let isOver = false;
  const looked = move({ holds: three, publish }).finally(() => (isOver = true));
  const fault = looked.catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOver).toBe(false);
  end();
  expect(await fault).toEqual(new Error('full'));
});

it('waits for the moves on their way when the log breaks off', async () => {
  let end: () => void = () => undefined;
  const publish = () => new Promise<void>((resolve) => (end = resolve));
  let isOver = false;
  const looked = move({ holds: [waiting(1)], publish, breaks: new Error('away') }).finally(
    () => (isOver = true),
  );
  const fault = looked.catch((error: unknown) => error);
  await new Promise((resolve) => setImmediate(resolve));
  expect([sent, isOver]).toEqual([1, false]);
  end();
  expect(await fault).toEqual(new Error('away'));
});

it('passes over what cannot be read, and says so', async () => {
  const [odd, torn] = [
    waiting(1, { headers: { ...waiting(1).headers, [header.version]: 'odd' } }),
    waiting(2, { data: Buffer.from('{') }),
  ];
  expect(await move({ holds: [odd, torn, waiting(3)] })).toBe(1);
  expect([errors, sent]).toEqual([2, 1]);
});

it('ends when it is stopped', async () => {
  expect(await move({ holds: three }, AbortSignal.abort())).toBe(0);
  expect(sent).toBe(0);
});
