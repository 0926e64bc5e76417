import type { DeviceVerdict } from '@reveille/contracts/delivery/events';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import { withdrawalJobSchema } from '@reveille/contracts/push/withdrawal';
import { expect, it } from 'vitest';
import { buildJobs } from './build-jobs.js';
import { buildWithdrawals } from './build-withdrawals.js';

type Push = Extract<Verdict, { kind: 'push' }>;
const settledAt = 1_000;
const push = (deviceId: string, more: Partial<Push> = {}): DeviceVerdict => ({
  deviceId,
  verdict: {
    kind: 'push',
    vendor: 'huawei',
    lane: 'normal',
    strategy: 'alert',
    tokenRef: `ref-of-the-token-${deviceId}`,
    collapse: 'm1',
    expiresAt: 5_000_000,
    ...more,
  },
  facts: null,
});
const round = (...devices: DeviceVerdict[]) => ({
  chunk: 0,
  round: 0,
  settledAt,
  recipients: [{ user: 'bob', devices }],
});
const revoked = { messageId: 'm1', partition: 7, revokedAt: 2_000 };

it('takes back each push job whose vendor can, under an id made of the job’s', () => {
  const settled = round(
    push('h1'),
    push('a1', { vendor: 'apns' }),
    push('h2'),
    push('x1', { vendor: 'xiaomi' }),
    {
      deviceId: 'n1',
      verdict: { kind: 'withheld', reason: 'muted' },
      facts: null,
    },
  );
  const jobs = buildWithdrawals(revoked, settled);
  for (const job of jobs) expect(withdrawalJobSchema.parse(job)).toEqual(job);
  expect(jobs.map(({ jobId, targets }) => [jobId, targets.map(({ deviceId }) => deviceId)])).toEqual([
    ['wd:m1:0:0:huawei:0', ['h1', 'h2']],
    ['wd:m1:0:0:xiaomi:0', ['x1']],
  ]);
  const message = { messageId: 'm1', sender: 'ann', partition: 7, acceptedAt: 1, pushConfig: null };
  const pushed = buildJobs({ ...message, settings: { revision: 1, strategies: [] } }, settled, null);
  expect(pushed.map(({ jobId }) => jobId)).toEqual(expect.arrayContaining(jobs.map((job) => job.pushJobId)));
});

it('names the push job as its verdict does, also where one of the same vendor is left out', () => {
  const jobs = buildWithdrawals(revoked, round(push('s1', { strategy: 'silent' }), push('h1')));
  expect(jobs.map(({ pushJobId, targets }) => [pushJobId, targets[0]?.deviceId])).toEqual([
    ['m1:0:0:huawei:1', 'h1'],
  ]);
});

it('leaves alone what shows nothing, and what newer messages share', () => {
  expect(
    buildWithdrawals(revoked, round(push('s1', { strategy: 'silent' }), push('c1', { collapse: 'room-9' }))),
  ).toEqual([]);
});

it('is tried as long as the push is worth something, and for ten minutes at least', () => {
  const expiries = (expiresAt: number) =>
    buildWithdrawals(revoked, round(push('h1', { expiresAt }))).map((job) => job.expiresAt);
  expect([...expiries(5_000_000), ...expiries(1_500)]).toEqual([5_000_000, 602_000]);
});
