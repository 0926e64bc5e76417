import { strategyDocumentSchema } from '@reveille/contracts/app/strategy';
import { withheldReasonSchema } from '@reveille/contracts/delivery/withheld-reason';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DeliveryPolicy,
  decideDelivery,
  type DeviceFacts,
  withheldAsAWhole,
} from './decide-delivery.js';
import type { StrategyChoice } from './strategy-of.js';

const now = 1_000_000;
const tokenRef = 'ref-of-the-token-1';
const live = { state: 'live', vendor: 'apns', tokenRef, boundAt: 1 } as const;
const none = { state: 'none', vendor: null, tokenRef: null, boundAt: null } as const;

const promo = strategyDocumentSchema.parse({ resourcesId: 'promo', class: 'marketing' });
const choice: StrategyChoice = {
  document: null,
  strategy: 'alert',
  lane: 'normal',
  collapse: 'm1',
  expiresAt: now + 1,
};
const device = (more: Partial<DeviceFacts> = {}): DeviceFacts => ({
  deviceId: 'd1',
  choice,
  bound: true,
  push: live,
  hasSession: false,
  isBackground: false,
  isOwnDevice: false,
  acknowledgedAt: null,
  deadlineAt: null,
  ...more,
});
const policy = (more: Partial<DeliveryPolicy> = {}): DeliveryPolicy => ({
  settledAt: now,
  revision: 4,
  isRevoked: false,
  hasPushConfig: true,
  vendors: new Set(['apns', 'fcm']),
  ...more,
});
const push = {
  kind: 'push',
  vendor: 'apns',
  lane: 'normal',
  strategy: 'alert',
  tokenRef,
  collapse: 'm1',
  expiresAt: now + 1,
  resource: null,
};
const withheld = (reason: string) => ({ kind: 'withheld', reason });
const verdict = (
  facts: Partial<DeviceFacts>,
  more: Partial<DeliveryPolicy> = {},
  chosen: Partial<StrategyChoice> = {},
) => decideDelivery([device({ choice: { ...choice, ...chosen }, ...facts })], policy(more))[0]?.verdict;
const calls = { strategy: 'voip', lane: 'urgent' } as const;

describe('a device', () => {
  it.each([
    ['acknowledged before the deadline', { acknowledgedAt: 7 }, {}, { kind: 'acknowledged', at: 7 }],
    ['is connected and silent until the deadline', { hasSession: true, deadlineAt: now }, {}, push],
    ['is not connected', {}, {}, push],
    ['was logged out of', { bound: false }, {}, withheld('logged-out')],
    ['was logged out of and never had a token', { bound: false, push: none }, {}, withheld('logged-out')],
    ["is the sender's own", { isOwnDevice: true }, {}, withheld('own-device')],
    ['has no token', { push: none }, {}, withheld('no-token')],
    ['has push switched off', { push: { ...live, state: 'unregistered' } }, {}, withheld('unregistered')],
    ['has a dead token', { push: { ...live, state: 'dead' } }, {}, withheld('token-dead')],
    ['gets a message without a push config', {}, { hasPushConfig: false }, withheld('no-push-config')],
    ['has a vendor that its app does not', {}, { vendors: new Set(['fcm']) }, withheld('no-push-config')],
    ['gets a message that was revoked', {}, { isRevoked: true }, withheld('revoked')],
    ['gets a message past its time to live', {}, {}, withheld('expired'), { expiresAt: now }],
    ['is called without a token for calls', { push: none }, {}, withheld('strategy-unsupported'), calls],
    [
      'is called over a vendor that has no calls',
      { push: { ...live, vendor: 'fcm' } },
      {},
      withheld('strategy-unsupported'),
      calls,
    ],
    ['is called', {}, {}, { ...push, ...calls }, calls],
    ['is told silently by Apple', {}, {}, { ...push, strategy: 'silent' }, { strategy: 'silent' }],
    [
      'is pushed as the app has declared it',
      {},
      {},
      { ...push, lane: 'bulk', resource: { resourcesId: 'promo', revision: 4 } },
      { lane: 'bulk', document: promo },
    ],
    [
      'is told silently by Google',
      { push: { ...live, vendor: 'fcm' } },
      {},
      { ...push, vendor: 'fcm', strategy: 'silent' },
      { strategy: 'silent' },
    ],
  ] as const)('that %s', (_, facts, more, expected, chosen?) => {
    expect(verdict(facts, more as Partial<DeliveryPolicy>, chosen ?? {})).toEqual(expected);
  });

  it('that acknowledged is acknowledged, whatever else is true of it', () => {
    const all = { acknowledgedAt: 7, bound: false, isOwnDevice: true, push: none };
    expect(verdict(all, { isRevoked: true }, { expiresAt: 0 })).toEqual({ kind: 'acknowledged', at: 7 });
  });
});

it('a user without any device gets one verdict without a device', () => {
  expect(decideDelivery([], policy())).toEqual([
    { deviceId: null, verdict: withheld('no-device'), facts: null },
  ]);
  expect(withheldAsAWhole('duplicate')).toEqual([
    { deviceId: null, verdict: withheld('duplicate'), facts: null },
  ]);
});

it('each device has its own verdict, with the facts that led to it', () => {
  const [one, two] = [device({ acknowledgedAt: 7 }), device({ deviceId: 'd2' })];
  const { deviceId: _, choice: __, ...facts } = one;
  expect(decideDelivery([one, two], policy())).toMatchObject([
    { deviceId: 'd1', verdict: { kind: 'acknowledged' }, facts },
    { deviceId: 'd2', verdict: { kind: 'push' } },
  ]);
});

const anyFacts: fc.Arbitrary<DeviceFacts> = fc.record({
  choice: fc.record({
    document: fc.constantFrom(null, promo),
    strategy: fc.constantFrom('alert', 'silent', 'voip'),
    lane: fc.constantFrom('normal', 'urgent', 'bulk'),
    collapse: fc.constant('m1'),
    expiresAt: fc.constantFrom(now - 1, now, now + 1),
  }),
  deviceId: fc.constantFrom('d1', 'd2'),
  bound: fc.boolean(),
  push: fc.record({
    state: fc.constantFrom('live', 'dead', 'unregistered', 'none'),
    vendor: fc.constantFrom('apns', 'fcm', null),
    tokenRef: fc.constantFrom(tokenRef, null),
    boundAt: fc.constantFrom(1, null),
  }),
  hasSession: fc.boolean(),
  isBackground: fc.boolean(),
  isOwnDevice: fc.boolean(),
  acknowledgedAt: fc.constantFrom(5, null),
  deadlineAt: fc.constantFrom(5, null),
});
const anyPolicy: fc.Arbitrary<DeliveryPolicy> = fc.record({
  settledAt: fc.constant(now),
  revision: fc.constantFrom(0, 3),
  isRevoked: fc.boolean(),
  hasPushConfig: fc.boolean(),
  vendors: fc.subarray(['apns', 'fcm'] as const).map((names) => new Set(names)),
});

it('whatever is known: one verdict per device, a reason out of the list, and no push for who acknowledged or left', () => {
  fc.assert(
    fc.property(fc.array(anyFacts, { minLength: 1, maxLength: 4 }), anyPolicy, (devices, said) => {
      const verdicts = decideDelivery(devices, said);
      expect(verdicts.map(({ deviceId }) => deviceId)).toEqual(devices.map(({ deviceId }) => deviceId));
      for (const [index, { verdict: found }] of verdicts.entries()) {
        const facts = devices[index] as DeviceFacts;
        if (found.kind === 'withheld') withheldReasonSchema.parse(found.reason);
        if (found.kind !== 'push') continue;
        expect([facts.acknowledgedAt, facts.bound, facts.push.state, said.isRevoked]).toEqual([
          null,
          true,
          'live',
          false,
        ]);
        expect(facts.choice.expiresAt).toBeGreaterThan(said.settledAt);
      }
      expect(decideDelivery(devices, said)).toEqual(verdicts);
    }),
  );
});
