import type { DeadLetter } from '@reveille/contracts/dead-letter';
import { RefusedError } from '@reveille/contracts/errors';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';
import { expect, it } from 'vitest';
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
  const jobs: PushJob[] = [];
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
        did.push(`job ${redriven.jobId}`);
        jobs.push(redriven);
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
  expect(did).toEqual(['job m1:0:0:apns:0', 'redriven by ana: mended']);
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
