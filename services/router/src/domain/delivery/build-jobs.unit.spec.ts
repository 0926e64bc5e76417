import { strategyDocumentSchema } from '@reveille/contracts/app/strategy';
import type { Verdict } from '@reveille/contracts/delivery/verdict';
import { pushConfigSchema } from '@reveille/contracts/message/push-config';
import { pushJobSchema } from '@reveille/contracts/push/job';
import { describe, expect, it } from 'vitest';
import { buildJobs } from './build-jobs.js';
import { cutRecipients } from './cut-recipients.js';

const promo = strategyDocumentSchema.parse({
  resourcesId: 'promo',
  class: 'marketing',
  vendors: { fcm: { channelId: 'offers' } },
});
const message = {
  settings: { revision: 5, strategies: [promo] },
  messageId: 'm1',
  sender: 'ana',
  partition: 7,
  acceptedAt: 50,
  pushConfig: pushConfigSchema.parse({
    title: 'T',
    content: 'C',
    threadID: 't',
    badge: 7,
    enableBadge: true,
    badgeIncrement: 2,
  }),
};
const push = (vendor: 'apns' | 'fcm'): Verdict => ({
  kind: 'push',
  vendor,
  lane: 'normal',
  strategy: 'alert',
  tokenRef: 'r'.repeat(16),
  collapse: 'm1',
  expiresAt: 99,
});
const settled = (...devices: (readonly [user: string, deviceId: string | null, verdict: Verdict])[]) => ({
  chunk: 0,
  round: 0,
  settledAt: 60,
  recipients: devices.map(([user, deviceId, verdict]) => ({
    user,
    devices: [{ deviceId, verdict, facts: null }],
  })),
});
const address = (user: string, deviceId: string) => ({
  sealedToken: `${user}/${deviceId}`,
  environment: 'production' as const,
  bundle: null,
});

describe('jobs of a verdict', () => {
  it('one per vendor; what is not a push gets none', () => {
    const jobs = buildJobs(
      message,
      settled(
        ['bob', 'b1', push('apns')],
        ['cleo', 'c1', push('fcm')],
        ['dora', 'd1', push('apns')],
        ['eve', null, { kind: 'withheld', reason: 'no-device' }],
        ['finn', 'f1', { kind: 'acknowledged', at: 1 }],
      ),
      address,
    );
    expect(jobs.map(({ jobId, targets }) => [jobId, targets.map(({ user }) => user)])).toEqual([
      ['m1:0:0:apns:0', ['bob', 'dora']],
      ['m1:0:0:fcm:0', ['cleo']],
    ]);
    expect(jobs[0]).toMatchObject({
      partition: 7,
      settledAt: 60,
      acceptedAt: 50,
      repeat: false,
      notification: {
        title: 'T',
        threadId: 't',
        badge: 7,
        badgeIncrement: 2,
        sentAt: 50,
        expiresAt: 99,
        sender: 'ana',
      },
      targets: [{ sealedToken: 'bob/b1' }, { sealedToken: 'dora/d1' }],
    });
    for (const job of jobs) expect(pushJobSchema.parse(job)).toEqual(job);
  });

  it('devices with another strategy, as a fallback is, travel apart with what it says to their vendor', () => {
    const named: Verdict = {
      ...push('fcm'),
      lane: 'bulk',
      resource: { resourcesId: 'promo', revision: 4 },
    } as Verdict;
    const gone: Verdict = { ...push('fcm'), resource: { resourcesId: 'gone', revision: 4 } } as Verdict;
    const devices = settled(['bob', 'b1', named], ['cleo', 'c1', push('fcm')], ['dora', 'd1', gone]);
    const jobs = buildJobs(message, devices, address);
    expect(jobs.map(({ jobId, lane, notification }) => [jobId, lane, notification.resource])).toEqual([
      [
        'm1:0:0:fcm:0',
        'bulk',
        { resourcesId: 'promo', revision: 5, class: 'marketing', options: { channelId: 'offers' } },
      ],
      ['m1:0:0:fcm:1', 'normal', null],
      ['m1:0:0:fcm:2', 'normal', null],
    ]);
  });

  it('rebuilt from the stored verdict: the same ids and targets, without tokens, marked', () => {
    const verdict = settled(['bob', 'b1', push('apns')], ['cleo', 'c1', push('fcm')]);
    const first = buildJobs(message, verdict, address);
    const again = buildJobs(message, verdict, null);
    expect(again.map(({ jobId }) => jobId)).toEqual(first.map(({ jobId }) => jobId));
    expect(again.every(({ repeat }) => repeat)).toBe(true);
    expect(again[0]?.targets).toEqual([
      {
        user: 'bob',
        deviceId: 'b1',
        tokenRef: 'r'.repeat(16),
        sealedToken: null,
        environment: 'automatic',
        bundle: null,
      },
    ]);
  });

  it('more than 500 targets are cut into jobs that count on', () => {
    const many = Array.from({ length: 1_001 }, (_, index) => [`u${index}`, 'd', push('apns')] as const);
    const jobs = buildJobs(message, settled(...many), address);
    expect(jobs.map(({ jobId, targets }) => [jobId, targets.length])).toEqual([
      ['m1:0:0:apns:0', 500],
      ['m1:0:0:apns:1', 500],
      ['m1:0:0:apns:2', 1],
    ]);
  });

  it('a badge that is off leaves the badge alone', () => {
    const pushConfig = { ...message.pushConfig, enableBadge: false };
    const [job] = buildJobs({ ...message, pushConfig }, settled(['bob', 'b1', push('apns')]), address);
    expect(job?.notification.badgeIncrement).toBeNull();
  });
});

it('recipients are cut the same way whoever cuts them: each once, sorted, 500 at a time', () => {
  expect(cutRecipients(['b', 'a', 'b', 'ä', 'Z'])).toEqual([['Z', 'a', 'b', 'ä']]);
  const many = Array.from({ length: 1_200 }, (_, index) => `u${index}`);
  const chunks = cutRecipients(many);
  expect(chunks.map(({ length }) => length)).toEqual([500, 500, 200]);
  expect(cutRecipients([...many].reverse())).toEqual(chunks);
});
