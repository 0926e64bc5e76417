import type { DeadLetter } from '@reveille/contracts/dead-letter';
import { RefusedError } from '@reveille/contracts/errors';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';
import type { WithdrawalJob } from '@reveille/contracts/push/withdrawal';
import { expect, it } from 'vitest';
import type { RedrivenJob } from '../domain/delivery/redriven-job.js';
import type { StoredLetter } from '../ports.js';
import { settleDeadLetter } from './settle-dead-letter.js';

const job: PushJob = {
  jobId: 'm1:0:0:apns:0',
  messageId: 'm1',
  chunk: 0,
  round: 0,
  vendor: 'apns',
  lane: 'normal',
  attempt: 3,
  backoffStep: 2,
  repeat: false,
  partition: 7,
  settledAt: 60,
  acceptedAt: 50,
  notification: {
    strategy: 'alert',
    title: 'T',
    content: '',
    payload: '',
    threadId: '',
    badgeIncrement: null,
    resourcesId: '',
    sender: 'ana',
    collapse: 'm1',
    sentAt: 50,
    expiresAt: 99,
  },
  targets: [
    {
      user: 'bob',
      deviceId: 'b1',
      tokenRef: 'r'.repeat(16),
      sealedToken: 'v1.k.s',
      environment: 'production',
      notBefore: 70,
    },
  ],
};
const letterOf = (more: Partial<DeadLetter>): DeadLetter => ({
  stream: 'PUSH_JOBS',
  consumer: 'push-apns-normal-demo',
  subject: 'im.job.push.apns.normal.demo',
  sequence: 31,
  storedAt: 1,
  headers: {},
  data: null,
  size: 1,
  reason: 'unclassified answer: Teapot',
  attempts: 1,
  parkedAt: 2,
  ...more,
});
/** As letters are kept: without what is secret. */
const kept = JSON.parse(
  JSON.stringify(job, (name, value: unknown) => (name === 'sealedToken' ? undefined : value)),
) as unknown;

function desk(content: Partial<DeadLetter> | null) {
  const did: string[] = [];
  const jobs: RedrivenJob['job'][] = [];
  let settled: 'redriven' | 'dropped' | null = null;
  const letter: StoredLetter | null =
    content === null
      ? null
      : {
          kind: (content.stream ?? 'PUSH_JOBS') === 'PUSH_JOBS' ? 'job' : 'fact',
          letter: 9,
          app: 'demo',
          content: letterOf(content),
        };
  const settle = settleDeadLetter({
    letters: { read: async () => letter, settledAs: async () => settled, endOfPushes: async () => 120 },
    reruns: { rerun: async (consumer, sequence) => void did.push(`rerun ${consumer} ${sequence}`) },
    outbox: {
      redriven: async (_, redriven) => {
        did.push(`${redriven.type} ${redriven.job.jobId}`);
        jobs.push(redriven.job);
      },
      deadLetterSettled: async (_, as, { by, because }) => {
        did.push(`${as} by ${by}: ${because}`);
        settled = as;
      },
    },
  });
  return { settle, did, jobs };
}
const ask = { letter: 9, by: 'ana', because: 'mended' };

it('a job is begun again at attempt 1, without tokens, and then told', async () => {
  const { settle, did, jobs } = desk({ data: kept });
  expect(await settle.redrive(ask)).toEqual({ settled: 'redriven' });
  expect(did).toEqual(['push-job m1:0:0:apns:0', 'redriven by ana: mended']);
  expect(jobs[0]).toEqual({
    ...job,
    attempt: 1,
    backoffStep: 0,
    repeat: true,
    redrive: { letter: 9, attempt: 3, after: 120 },
    targets: [{ ...job.targets[0], sealedToken: null, notBefore: null }],
  });
  expect(pushJobSchema.parse(jobs[0])).toEqual(jobs[0]);
});

it('a withdrawal goes on at its own attempt, at once', async () => {
  const withdrawal: WithdrawalJob = {
    jobId: `wd:${job.jobId}`,
    pushJobId: job.jobId,
    messageId: 'm1',
    vendor: 'huawei',
    lane: 'normal',
    attempt: 3,
    backoffStep: 2,
    because: 'revoked',
    partition: 7,
    settledAt: 60,
    revokedAt: 80,
    pushExpiresAt: 90,
    strategy: 'alert',
    collapse: 'm1',
    expiresAt: 99,
    targets: [{ user: 'bob', deviceId: 'b1', tokenRef: 'r'.repeat(16), notBefore: 70 }],
  };
  const { settle, did, jobs } = desk({ data: withdrawal });
  expect(await settle.redrive(ask)).toEqual({ settled: 'redriven' });
  expect(did).toEqual([`withdrawal-job wd:${job.jobId}`, 'redriven by ana: mended']);
  expect(jobs).toEqual([
    { ...withdrawal, backoffStep: 0, targets: [{ ...withdrawal.targets[0], notBefore: null }] },
  ]);
});

it('a fact is not published again: its handler runs on the stored one', async () => {
  const { settle, did } = desk({ stream: 'MESSAGES', consumer: 'router-deliver-message', sequence: 5 });
  await settle.redrive(ask);
  expect(did).toEqual(['rerun router-deliver-message 5', 'redriven by ana: mended']);
});

it('what is dropped is only told', async () => {
  const { settle, did } = desk({ data: kept });
  expect(await settle.drop({ ...ask, because: null })).toEqual({ settled: 'dropped' });
  expect(did).toEqual(['dropped by ana: null']);
});

it('is settled once', async () => {
  const { settle, did } = desk({ data: kept });
  await settle.redrive(ask);
  await expect(settle.redrive(ask)).rejects.toThrow('the dead letter 9 was redriven before');
  await expect(settle.drop(ask)).rejects.toMatchObject({ code: 'dead-letter-settled' });
  expect(did).toHaveLength(2);
});

it.each([
  ['nothing is there', null, 'dead-letter-unknown'],
  ['the job was never one', { data: { jobId: 'x' } }, 'dead-letter-unfit'],
])('refuses where %s, and tells nothing', async (_, content, code) => {
  const { settle, did } = desk(content);
  const refused = settle.redrive(ask);
  await expect(refused).rejects.toThrow(RefusedError);
  await expect(refused).rejects.toMatchObject({ code });
  expect(did).toEqual([]);
});
