import type { Verdict } from '@reveille/contracts/delivery/verdict';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StoredRound } from '../ports.js';
import { settled } from '../testing/manual-time.js';
import { acknowledged, held, holdMs, iphone, open, RouterDesk } from '../testing/router-desk.js';

let desk: RouterDesk;
beforeEach(() => {
  desk = new RouterDesk();
});

const pushed = (deviceId: string): { deviceId: string; verdict: Verdict; facts: null } => ({
  deviceId,
  verdict: {
    kind: 'push',
    vendor: 'apns',
    lane: 'normal',
    strategy: 'alert',
    tokenRef: `ref-of-the-token-${deviceId}`,
    collapse: 'm1',
    expiresAt: 9_999_999_999,
  },
  facts: null,
});
const roundOf = (round: number, ...users: string[]): StoredRound => ({
  chunk: 0,
  round,
  settledAt: 5,
  recipients: users.map((user) => ({ user, devices: [pushed(`${user}-1`)] })),
});
const android = (deviceId: string) => {
  const phone = iphone(deviceId);
  return { ...phone, alert: phone.alert === null ? null : { ...phone.alert, vendor: 'fcm' as const } };
};
const verdicts = (index = 0) =>
  desk.settled[index]?.recipients.map(({ user, devices }) => [
    user,
    ...devices.map(({ verdict }) => (verdict.kind === 'withheld' ? verdict.reason : verdict.kind)),
  ]);

describe('one recipient who is away', () => {
  it('is settled, then has jobs, then the message is done', async () => {
    desk.devices.set('bob', [iphone('b1'), android('b2')]);
    const end = desk.take(['bob']);
    await settled();
    desk.nobodyIsThere();
    expect(await end).toBe('settled');
    expect(desk.log).toEqual([
      'ask bob',
      'settled 0:0',
      'router.after-settled',
      'job m1:0:0:apns:0',
      'router.between-jobs',
      'job m1:0:0:fcm:0',
      'router.after-jobs',
    ]);
    expect(desk.jobs[0]?.targets[0]).toMatchObject({ sealedToken: 'sealed-b1', environment: 'production' });
    expect(desk.held.size).toBe(0);
  });

  it('whose app has no push config gets none, and one without a device neither', async () => {
    desk.devices.set('bob', [iphone('b1')]);
    const end = desk.take(['bob'], { pushConfig: null });
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(verdicts()).toEqual([['bob', 'no-push-config']]);
    const other = desk.take(['cleo'], { messageId: 'm2' });
    await settled();
    desk.nobodyIsThere();
    await other;
    expect(verdicts(1)).toEqual([['cleo', 'no-device']]);
    expect(desk.jobs).toEqual([]);
  });

  it('gets the app’s default push config', async () => {
    desk.appSettings = { ...desk.appSettings, app: 'demo', defaultPushConfig: { title: 'New message' } };
    desk.devices.set('bob', [iphone('b1')]);
    const end = desk.take(['bob'], { pushConfig: null });
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(desk.jobs[0]?.notification.title).toBe('New message');
  });

  it('gets the strategy that its resourcesID names, or the fallback where the vendor cannot do it', async () => {
    const strategies = [
      { resourcesId: 'ring', class: 'call' as const, strategy: 'voip' as const, fallback: 'loud' },
      { resourcesId: 'loud', class: 'call' as const, vendors: { fcm: { channelId: 'calls' } } },
    ];
    desk.appSettings = { ...desk.appSettings, app: 'demo', strategies };
    const phone = iphone('b1');
    const [calls] = [phone.alert].map(
      (alert) => alert && { ...alert, tokenRef: 'ref-of-the-token-for-calls' },
    );
    desk.devices.set('bob', [{ ...phone, voip: calls ?? null }, android('b2')]);
    const end = desk.take(['bob'], { pushConfig: { title: 'Ann', resourcesID: 'ring' } });
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(
      desk.jobs.map(({ vendor, lane, notification: { strategy, resource } }) => [
        vendor,
        lane,
        strategy,
        resource?.resourcesId,
        resource?.options,
      ]),
    ).toEqual([
      ['apns', 'urgent', 'voip', 'ring', {}],
      ['fcm', 'urgent', 'alert', 'loud', { channelId: 'calls' }],
    ]);
    expect(desk.jobs[0]?.targets[0]?.tokenRef).toBe('ref-of-the-token-for-calls');
  });

  it('of an app that is gone is not pushed', async () => {
    desk.appSettings = null;
    desk.devices.set('bob', [iphone('b1')]);
    const end = desk.take(['bob']);
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(desk.log[0]).toBe('apps refreshed');
    expect(verdicts()).toEqual([['bob', 'no-push-config']]);
  });
});

describe('one recipient who is there', () => {
  beforeEach(() => desk.devices.set('bob', [iphone('b1', { sessions: open() })]));

  it('and acknowledges 1 ms before the deadline is not pushed', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    await desk.time.pass(4_999);
    desk.askOf('bob').answer(acknowledged('b1'));
    expect(await end).toBe('settled');
    expect(verdicts()).toEqual([['bob', 'acknowledged']]);
    expect(desk.jobs).toEqual([]);
    expect(desk.waiting).toBe(1);
    expect(desk.askOf('bob').isClosed).toBe(true);
  });

  it('and acknowledges after it is pushed, and the word is recorded once as late', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    await desk.time.pass(5_000);
    expect(await end).toBe('settled');
    expect(verdicts()).toEqual([['bob', 'push']]);
    desk.askOf('bob').answer(acknowledged('b1'));
    desk.askOf('bob').answer(acknowledged('b9'));
    await settled();
    expect(desk.late).toEqual([
      { messageId: 'm1', user: 'bob', deviceId: 'b1', acknowledgedAt: desk.time.now() },
    ]);
    await desk.time.pass(15_000);
    expect(desk.askOf('bob').isClosed).toBe(true);
    expect(desk.time.pending()).toBe(0);
  });

  it('and acknowledges while the verdict is being taken is pushed, and the word is recorded as late', async () => {
    const read = Promise.withResolvers<void>();
    desk.revocationsRead = read.promise;
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    await desk.time.pass(5_000);
    desk.askOf('bob').answer(acknowledged('b1'));
    await settled();
    expect([desk.settled, desk.late]).toEqual([[], []]);
    read.resolve();
    expect(await end).toBe('settled');
    await settled();
    expect(verdicts()).toEqual([['bob', 'push']]);
    expect(desk.late).toEqual([
      { messageId: 'm1', user: 'bob', deviceId: 'b1', acknowledgedAt: desk.time.now() },
    ]);
  });

  it('and acknowledges after the deadline, before presence has answered, is pushed and recorded as late', async () => {
    const described = Promise.withResolvers<void>();
    desk.presenceAnswers = described.promise;
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    await desk.time.pass(5_200);
    desk.askOf('bob').answer(acknowledged('b1'));
    const saidAt = desk.time.now();
    await desk.time.pass(300);
    expect(desk.settled).toEqual([]);
    described.resolve();
    expect(await end).toBe('settled');
    await settled();
    expect(verdicts()).toEqual([['bob', 'push']]);
    expect(desk.settled[0]?.recipients[0]?.devices[0]?.facts).toMatchObject({ acknowledgedAt: null });
    expect(desk.late).toEqual([{ messageId: 'm1', user: 'bob', deviceId: 'b1', acknowledgedAt: saidAt }]);
  });

  it('is asked again while nobody answers for the session', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').nobody();
    await desk.time.pass(250);
    expect(desk.asks).toHaveLength(2);
    expect(desk.asks[0]?.isClosed).toBe(true);
    desk.askOf('bob').answer(held('b1'));
    desk.askOf('bob').answer(acknowledged('b1'));
    await end;
    expect(verdicts()).toEqual([['bob', 'acknowledged']]);
  });

  it('is counted when the acknowledgement comes without an ask', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.held.acknowledge('demo', 'm1', 'cleo', 'b1');
    desk.held.acknowledge('other', 'm1', 'bob', 'b1');
    await desk.time.pass(100);
    expect(desk.settled).toEqual([]);
    desk.held.acknowledge('demo', 'm1', 'bob', 'b1');
    await end;
    expect(verdicts()).toEqual([['bob', 'acknowledged']]);
  });

  it('and whose message is revoked meanwhile is not pushed', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    desk.isRevoked = true;
    await desk.time.pass(5_000);
    await end;
    expect(verdicts()).toEqual([['bob', 'revoked']]);
  });

  it('is handed back when the router ends', async () => {
    const end = desk.take(['bob']);
    await settled();
    desk.askOf('bob').answer(held('b1'));
    desk.held.stopWaiting();
    expect(await end).toBe('handed-back');
    expect(desk.settled).toEqual([]);
    expect(await desk.take(['bob'])).toBe('handed-back');
  });
});

describe('a message that comes again', () => {
  it('with a stored verdict is not decided again: its jobs are, under the same ids, marked', async () => {
    desk.stored = [roundOf(0, 'bob')];
    expect(await desk.take(['bob'], {}, { isRepeat: true })).toBe('settled');
    expect(desk.asks).toEqual([]);
    expect(desk.settled).toEqual([]);
    expect(desk.jobs).toMatchObject([
      {
        jobId: 'm1:0:0:apns:0',
        repeat: true,
        settledAt: 5,
        targets: [{ deviceId: 'bob-1', sealedToken: null }],
      },
    ]);
  });

  it('without one is decided as if it were the first time', async () => {
    desk.devices.set('bob', [iphone('b1')]);
    const end = desk.take(['bob'], {}, { isRepeat: true });
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(desk.log.slice(0, 2)).toEqual(['stored verdicts read', 'ask bob']);
    expect(desk.jobs[0]?.repeat).toBe(false);
  });

  it('takes the verdict that the log has under its id, whatever it decided itself', async () => {
    desk.devices.set('bob', [iphone('b2')]);
    desk.duplicateOf = roundOf(0, 'bob');
    const end = desk.take(['bob']);
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(desk.jobs).toMatchObject([{ repeat: true, targets: [{ deviceId: 'bob-1', sealedToken: null }] }]);
  });

  it('and was held too long is dropped unpublished', async () => {
    desk.devices.set('bob', [iphone('b1')]);
    const takenAt = desk.time.now() - holdMs - 1;
    const end = desk.take(['bob'], {}, { takenAt });
    await settled();
    desk.nobodyIsThere();
    expect(await end).toBe('left');
    expect([desk.settled, desk.jobs]).toEqual([[], []]);
  });
});

describe('of two with the same client message id', () => {
  it('the second is withheld as a whole', async () => {
    desk.earlier = 'same-client-id';
    await desk.take(['bob'], { attempt: 1, clientMessageId: 'c' });
    expect(desk.settled[0]?.recipients).toEqual([
      {
        user: 'bob',
        devices: [{ deviceId: null, verdict: { kind: 'withheld', reason: 'duplicate' }, facts: null }],
      },
    ]);
    expect(desk.asks).toEqual([]);
  });

  it('nobody asks for a first attempt', async () => {
    desk.earlier = 'same-client-id';
    const end = desk.take(['bob'], { clientMessageId: 'c' });
    await settled();
    desk.nobodyIsThere();
    await end;
    expect(verdicts()).toEqual([['bob', 'no-device']]);
  });

  it('and of two facts of one message the verdict of the first is that of both', async () => {
    desk.earlier = 'same-message';
    expect(await desk.take(['bob'], { attempt: 1 })).toBe('left');
    desk.stored = [roundOf(0, 'bob')];
    expect(await desk.take(['bob'], { attempt: 1 })).toBe('settled');
    expect(desk.settled).toEqual([]);
  });
});

describe('nobody need be asked', () => {
  it('for a message past its time to live', async () => {
    await desk.take(['bob'], { ttlSeconds: 1 }, { acceptedAt: desk.time.now() - 1_000 });
    expect([verdicts(), desk.asks]).toEqual([[['bob', 'expired']], []]);
  });

  it('for an old message that was revoked', async () => {
    desk.isRevoked = true;
    await desk.take(['bob'], {}, { acceptedAt: desk.time.now() - 5_000 });
    expect([verdicts(), desk.asks]).toEqual([[['bob', 'revoked']], []]);
  });
});

describe('several recipients', () => {
  beforeEach(() => {
    desk.devices.set('bob', [iphone('b1')]);
    desk.devices.set('cleo', [iphone('c1', { sessions: open() })]);
    desk.devices.set('dora', [iphone('d1')]);
  });

  it('one silent member does not hold back the others: two rounds', async () => {
    const end = desk.take(['dora', 'cleo', 'bob', 'dora']);
    await settled();
    desk.askOf('cleo').answer(held('c1'));
    desk.askOf('bob').nobody();
    desk.askOf('dora').nobody();
    await settled();
    expect(desk.settled).toHaveLength(1);
    expect(verdicts()).toEqual([
      ['bob', 'push'],
      ['dora', 'push'],
    ]);
    expect(desk.jobs.map(({ jobId, targets }) => [jobId, targets.length])).toEqual([['m1:0:0:apns:0', 2]]);
    await desk.time.pass(5_000);
    expect(await end).toBe('settled');
    expect(desk.settled[1]).toMatchObject({ chunk: 0, round: 1 });
    expect(verdicts(1)).toEqual([['cleo', 'push']]);
    expect(desk.jobs[1]?.jobId).toBe('m1:0:1:apns:0');
  });

  it('who acknowledges while the second round is being decided is recorded as late', async () => {
    const end = desk.take(['bob', 'cleo']);
    await settled();
    desk.askOf('cleo').answer(held('c1'));
    desk.askOf('bob').nobody();
    await settled();
    const read = Promise.withResolvers<void>();
    desk.revocationsRead = read.promise;
    await desk.time.pass(5_000);
    desk.askOf('cleo').answer(acknowledged('c1'));
    await settled();
    expect(desk.settled).toHaveLength(1);
    read.resolve();
    await end;
    await settled();
    expect(verdicts(1)).toEqual([['cleo', 'push']]);
    expect(desk.late.map(({ user, deviceId }) => [user, deviceId])).toEqual([['cleo', 'c1']]);
  });

  it('the first round comes after 1 s at the latest, if need be empty', async () => {
    const end = desk.take(['bob', 'dora']);
    await desk.time.pass(999);
    expect(desk.settled).toEqual([]);
    await desk.time.pass(1);
    expect(verdicts()).toEqual([]);
    desk.askOf('bob').nobody();
    desk.askOf('dora').nobody();
    expect(await end).toBe('settled');
    expect(verdicts(1)).toEqual([
      ['bob', 'push'],
      ['dora', 'push'],
    ]);
  });

  it('all decided at once: there is no second round', async () => {
    const end = desk.take(['bob', 'dora']);
    await settled();
    desk.nobodyIsThere();
    expect(await end).toBe('settled');
    expect(desk.settled.map(({ round }) => round)).toEqual([0]);
  });

  it('comes again after the first round: only whom it lacks is asked, for the second', async () => {
    desk.stored = [roundOf(0, 'bob')];
    const end = desk.take(['bob', 'dora'], {}, { isRepeat: true });
    await settled();
    expect(desk.asks.map(({ user }) => user)).toEqual(['dora']);
    desk.nobodyIsThere();
    await end;
    expect(desk.settled).toMatchObject([{ chunk: 0, round: 1, recipients: [{ user: 'dora' }] }]);
    expect(desk.jobs.map(({ jobId, repeat }) => [jobId, repeat])).toEqual([
      ['m1:0:0:apns:0', true],
      ['m1:0:1:apns:0', false],
    ]);
  });

  it('takes the stored first round for the truth when another router was quicker', async () => {
    desk.duplicateOf = roundOf(0, 'bob');
    const end = desk.take(['bob', 'dora']);
    await settled();
    desk.nobodyIsThere();
    await settled();
    desk.duplicateOf = null;
    await end;
    expect(desk.settled.map(({ round, recipients }) => [round, recipients.map(({ user }) => user)])).toEqual([
      [0, ['bob', 'dora']],
      [1, ['dora']],
    ]);
  });
});

describe('presence is away', () => {
  it('nothing is decided, nothing is kept', async () => {
    desk.presenceFails = true;
    await expect(desk.take(['bob'])).rejects.toMatchObject({ name: 'UnavailableError' });
    expect([desk.settled.length, desk.held.size]).toEqual([0, 0]);
    expect(desk.askOf('bob').isClosed).toBe(true);
  });

  it('one failure stops all that wait with it', async () => {
    desk.presenceFails = true;
    const end = desk.take(['bob', 'cleo']);
    await expect(end).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(desk.asks.every(({ isClosed }) => isClosed)).toBe(true);
    expect(desk.time.pending()).toBe(0);
  });
});

it('the sender’s own devices are told live and never pushed', async () => {
  desk.devices.set('ana', [iphone('a1'), iphone('a2')]);
  const end = desk.take(['ana'], { senderDeviceId: 'a1' });
  await settled();
  desk.nobodyIsThere();
  await end;
  expect(verdicts()).toEqual([['ana', 'own-device', 'own-device']]);
});
