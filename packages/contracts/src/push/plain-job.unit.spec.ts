import { describe, expect, it } from 'vitest';
import { type PushJob, pushJobSchema } from './job.js';
import { isPlainPushJob } from './plain-job.js';

const target = {
  user: 'bob',
  deviceId: 'd1',
  tokenRef: 'ref-of-a-token-0000',
  sealedToken: 'v1.k1.AAAA',
  environment: 'production',
} as const;
const job: PushJob = {
  jobId: 'm1:0:0:apns:0',
  messageId: 'm1',
  chunk: 0,
  round: 0,
  vendor: 'apns',
  lane: 'normal',
  attempt: 1,
  backoffStep: 0,
  repeat: false,
  partition: 1,
  settledAt: 2,
  acceptedAt: 1,
  targets: [target],
  notification: {
    strategy: 'alert',
    title: 'Ann',
    content: 'Hello',
    payload: '',
    threadId: '',
    badgeIncrement: null,
    resourcesId: '',
    sender: 'ann',
    collapse: 'm1',
    sentAt: 1,
    expiresAt: 3,
  },
};
const resource = { resourcesId: 'news', revision: 1, class: 'chat', options: {} } as const;
const plain: readonly PushJob[] = [
  job,
  { ...job, redrive: null, notification: { ...job.notification, badge: 7, badgeIncrement: 1, resource } },
  { ...job, attempt: 2, targets: [{ ...target, sealedToken: null, bundle: 'a', notBefore: 5 }, target] },
];
/** Every field, and what no job holds there. */
const wrong: readonly unknown[] = [undefined, null, '', 'ü \u0000', -1, 1.5, Number.NaN, 1e300, [], {}, true];

describe('isPlainPushJob', () => {
  it.each(plain.map((one, index) => [index, one] as const))(
    'takes plain job %i, and the schema leaves it as it is',
    (_index, one) => {
      expect(isPlainPushJob(one)).toBe(true);
      expect(pushJobSchema.parse(one)).toEqual(one);
    },
  );

  it('takes nothing that the schema would refuse or change', () => {
    let taken = 0;
    for (const one of plain.flatMap(spoiled)) {
      if (!isPlainPushJob(one)) continue;
      taken += 1;
      expect(pushJobSchema.parse(one)).toEqual(one);
    }
    // Null, an empty text or a number are right in some places.
    expect(taken).toBeGreaterThan(10);
    for (const nothing of [...wrong, { ...job, targets: [] }, { ...job, targets: [null] }])
      expect(isPlainPushJob(nothing)).toBe(false);
  });

  it('leaves what it does not know to the schema', () => {
    const strangers: readonly object[] = [
      { ...job, more: 1 },
      { ...job, notification: { ...job.notification, more: 1 } },
      { ...job, notification: { ...job.notification, resource: { ...resource, more: 1 } } },
      { ...job, targets: [target, { ...target, refusals: 1 }] },
    ];
    for (const stranger of strangers) expect(isPlainPushJob(stranger)).toBe(false);
  });

  it('leaves a redriven job to the schema', () => {
    const redriven = { ...job, redrive: { letter: 1, attempt: 1, after: 0 } };
    expect(isPlainPushJob(redriven)).toBe(false);
    expect(pushJobSchema.parse(redriven)).toEqual(redriven);
  });
});

function spoiled(one: PushJob): unknown[] {
  return wrong.flatMap((value) => [
    ...Object.keys(one).map((field) => ({ ...one, [field]: value })),
    ...Object.keys(one.notification).map((field) => ({
      ...one,
      notification: { ...one.notification, [field]: value },
    })),
    ...Object.keys(one.targets[0] ?? {}).map((field) => ({
      ...one,
      targets: [{ ...one.targets[0], [field]: value }, ...one.targets.slice(1)],
    })),
  ]);
}
