import type { DeviceDescription } from '@reveille/contracts/ask/presence';
import { describe, expect, it } from 'vitest';
import { Reach, type ReachPolicy } from './reach.js';
import type { StrategyChoice, StrategyChoices } from './strategy-of.js';

const at = 10_000;
const policy: ReachPolicy = { live: 'gateway', foregroundDeadlineMs: 5_000, backgroundDeadlineMs: 1_000 };

const choice = (strategy: StrategyChoice['strategy']): StrategyChoice => ({
  document: null,
  strategy,
  lane: 'normal',
  collapse: 'm',
  expiresAt: 1,
});
const alerting: StrategyChoices = [choice('alert')];
const calling: StrategyChoices = [choice('voip')];

const device = (
  deviceId: string,
  sessions: readonly ('foreground' | 'background')[] = [],
): DeviceDescription => ({
  deviceId,
  platform: 'iphone',
  isBound: true,
  alert: null,
  voip: null,
  sessions: sessions.map((state, index) => ({
    sessionId: `s${index}`,
    gatewayId: 'g',
    background: state === 'background',
    openedAt: 1,
  })),
});
const held = (deviceId: string, background = false) => ({ deviceId, background });
const decided = { kind: 'decided' };
const until = (instant: number | null) => ({ kind: 'wait', until: instant });

describe('nobody is connected', () => {
  it('decides as soon as presence names no session, in either order', () => {
    const first = new Reach(policy, at);
    first.nobody();
    expect(first.next(at)).toEqual(until(null));
    first.described([device('d1')]);
    expect(first.next(at)).toEqual(decided);

    const second = new Reach(policy, at);
    second.described([device('d1')]);
    expect(second.next(at)).toEqual(until(at + 5_000));
    second.nobody();
    expect(second.next(at)).toEqual(decided);
  });

  it('asks again every 250 ms while presence names a session, until the deadline', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['foreground'])]);
    reach.nobody();
    expect(reach.next(at)).toEqual({ kind: 'ask-again', at: at + 250 });
    reach.askedAgain(at + 250);
    expect(reach.next(at + 250)).toEqual(until(at + 5_000));
    reach.nobody();
    expect(reach.next(at + 251)).toEqual({ kind: 'ask-again', at: at + 500 });
    reach.askedAgain(at + 4_900);
    reach.nobody();
    expect(reach.next(at + 4_901)).toEqual({ kind: 'ask-again', at: at + 5_000 });
    expect(reach.next(at + 5_000)).toEqual(decided);
  });

  it('believes a gateway that answers at the second time', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['foreground'])]);
    reach.nobody();
    reach.askedAgain(at + 250);
    reach.holding([held('d1')]);
    expect(reach.next(at + 260)).toEqual(until(at + 5_000));
    reach.acknowledged(['d1'], at + 300);
    expect(reach.next(at + 300)).toEqual(decided);
  });

  it('takes an empty list for a no', () => {
    const reach = new Reach({ ...policy, live: 'platform' }, at);
    reach.described([device('d1')]);
    reach.holding([]);
    expect(reach.next(at)).toEqual(decided);
  });
});

describe('somebody is connected', () => {
  it('waits for every session of presence and of every gateway', () => {
    const reach = new Reach(policy, at);
    reach.holding([held('d1')]);
    reach.acknowledged(['d1'], at + 10);
    expect(reach.next(at + 10)).toEqual(until(null));
    reach.described([device('d1', ['foreground']), device('d2', ['foreground'])]);
    expect(reach.next(at + 20)).toEqual(until(at + 5_000));
    reach.holding([held('d3')]);
    reach.acknowledged(['d2'], at + 30);
    expect(reach.next(at + 30)).toEqual(until(at + 5_000));
    reach.acknowledged(['d3'], at + 40);
    expect(reach.next(at + 40)).toEqual(decided);
  });

  it('gives each session its own deadline', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['background']), device('d2', ['foreground'])]);
    reach.holding([held('d1', true), held('d2')]);
    expect(reach.next(at)).toEqual(until(at + 1_000));
    expect(reach.next(at + 1_000)).toEqual(until(at + 5_000));
    expect(reach.isKnownToWait(at + 1_000)).toBe(true);
    expect(reach.next(at + 5_000)).toEqual(decided);
    expect(reach.silentDevices()).toEqual(['d1', 'd2']);
  });

  it('believes the gateway before presence on what is in the background', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['background'])]);
    reach.holding([held('d1', false)]);
    expect(reach.next(at)).toEqual(until(at + 5_000));
    expect(reach.facts(alerting, false)[0]).toMatchObject({ isBackground: false, deadlineAt: at + 5_000 });
  });

  it('counts an acknowledgement that came without an ask', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['foreground'])]);
    reach.acknowledged(['d1'], at + 5);
    expect(reach.next(at + 5)).toEqual(decided);
    expect(reach.facts(alerting, false)[0]).toMatchObject({ acknowledgedAt: at + 5 });
  });
});

describe('an acknowledgement', () => {
  const factsOf = (reach: Reach) => reach.facts(alerting, false).map((facts) => facts.acknowledgedAt);

  it('before the deadline counts, one at it is late, whenever the verdict is taken', () => {
    for (const [said, counts] of [
      [at + 4_999, at + 4_999],
      [at + 5_000, null],
      [at + 5_400, null],
    ] as const) {
      const reach = new Reach(policy, at);
      reach.holding([held('d1')]);
      reach.acknowledged(['d1'], said);
      reach.described([device('d1', ['foreground'])]);
      expect(reach.next(at + 6_000)).toEqual(decided);
      expect(factsOf(reach)).toEqual([counts]);
      expect(reach.silentDevices()).toEqual([]);
      expect(reach.lateDevices()).toEqual(counts === null ? [{ deviceId: 'd1', at: said }] : []);
    }
  });

  it('is measured by the deadline of its own session', () => {
    const reach = new Reach(policy, at);
    reach.described([device('d1', ['background']), device('d2', ['foreground'])]);
    reach.holding([held('d1', true), held('d2')]);
    reach.acknowledged(['d1', 'd2'], at + 1_500);
    expect(reach.next(at + 1_500)).toEqual(decided);
    expect(factsOf(reach)).toEqual([null, at + 1_500]);
    expect(reach.lateDevices()).toEqual([{ deviceId: 'd1', at: at + 1_500 }]);
  });

  it('of a device that nobody knew of has no deadline', () => {
    const reach = new Reach(policy, at);
    reach.acknowledged(['d1'], at + 7_000);
    reach.described([device('d1')]);
    expect(factsOf(reach)).toEqual([at + 7_000]);
    expect(reach.lateDevices()).toEqual([]);
  });

  it('of the platform for all of its devices is as early as its own', () => {
    const reach = new Reach({ ...policy, live: 'platform' }, at);
    reach.holding([held('web')]);
    reach.allAcknowledged(at + 4_000);
    reach.acknowledged(['web'], at + 6_000);
    reach.described([device('web')]);
    expect(factsOf(reach)).toEqual([at + 4_000]);
  });
});

describe('silence', () => {
  it('costs the whole deadline, even if presence names nobody', () => {
    const reach = new Reach(policy, at);
    reach.described([]);
    expect(reach.next(at)).toEqual(until(at + 5_000));
    expect(reach.next(at + 5_000)).toEqual(decided);
  });

  it('nothing is decided before presence has answered, whatever the time', () => {
    const reach = new Reach(policy, at);
    reach.nobody();
    expect(reach.next(at + 60_000)).toEqual(until(null));
  });
});

describe('who answers', () => {
  it('with nobody to ask, presence alone decides', () => {
    const reach = new Reach({ ...policy, live: 'none' }, at);
    expect(reach.next(at)).toEqual(until(null));
    reach.described([device('d1', ['foreground'])]);
    expect(reach.next(at)).toEqual(decided);
    expect(reach.facts(alerting, false)[0]).toMatchObject({ hasSession: true, deadlineAt: null });
  });

  it('a platform speaks for all the devices that it holds, and for no other', () => {
    const reach = new Reach({ ...policy, live: 'platform' }, at);
    reach.described([device('phone')]);
    reach.holding([held('web')]);
    reach.allAcknowledged(at + 3);
    expect(reach.next(at + 3)).toEqual(decided);
    const facts = reach.facts(alerting, false);
    expect(facts.map(({ deviceId, acknowledgedAt }) => [deviceId, acknowledgedAt])).toEqual([
      ['phone', null],
      ['web', at + 3],
    ]);
  });

  it('a platform that names no device speaks for all of them', () => {
    const reach = new Reach({ ...policy, live: 'platform' }, at);
    reach.described([device('phone')]);
    reach.allAcknowledged(at + 3);
    expect(reach.next(at + 3)).toEqual(decided);
    expect(reach.facts(alerting, false)[0]).toMatchObject({ deviceId: 'phone', acknowledgedAt: at + 3 });
  });
});

it('takes the token of the strategy, and devices in the order of their ids', () => {
  const alert = {
    vendor: 'apns',
    environment: 'production',
    tokenRef: 'a'.repeat(16),
    sealedToken: 's',
    bundle: null,
    boundAt: 1,
    state: 'live',
  } as const;
  const voip = { ...alert, tokenRef: 'v'.repeat(16) };
  const reach = new Reach(policy, at);
  reach.described([{ ...device('d2'), alert, voip }, device('d1')]);
  expect(reach.facts(alerting, true).map(({ deviceId, push }) => [deviceId, push.tokenRef])).toEqual([
    ['d1', null],
    ['d2', alert.tokenRef],
  ]);
  expect(reach.facts(calling, false)[1]?.push.tokenRef).toBe(voip.tokenRef);
  expect(reach.bindingOf('d2', [choice('silent')])).toEqual(alert);
});

it.each([
  ['a call, where there is a token for calls', ['voip', 'alert'], true, 'apns', 'voip'],
  ['its fallback, where that token is missing', ['voip', 'alert'], false, 'apns', 'alert'],
  ['its fallback, where the vendor knows no calls', ['voip', 'alert'], false, 'fcm', 'alert'],
  ['the last of them, where the vendor can do none', ['voip', 'voip'], false, 'fcm', 'voip'],
] as const)('of several ways a device gets %s', (_, strategies, hasCallToken, vendor, expected) => {
  const token = {
    vendor,
    environment: 'production',
    tokenRef: 'a'.repeat(16),
    sealedToken: 's',
    bundle: null,
    boundAt: 1,
    state: 'live',
  } as const;
  const calls = { ...token, tokenRef: 'v'.repeat(16) };
  const reach = new Reach(policy, at);
  reach.described([{ ...device('d1'), alert: token, voip: hasCallToken ? calls : null }]);
  const choices = strategies.map(choice) as unknown as StrategyChoices;
  const [facts] = reach.facts(choices, false);
  expect(facts?.choice.strategy).toBe(expected);
  expect(facts?.push.tokenRef ?? null).toBe(reach.bindingOf('d1', choices)?.tokenRef ?? null);
  expect(facts?.push.tokenRef === calls.tokenRef).toBe(hasCallToken);
});
