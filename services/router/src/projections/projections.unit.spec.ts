import type { PushReceipted } from '@reveille/contracts/push/receipt';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DeliveryFact, projectDeliveries } from './deliveries.projection.js';
import { type MessageFact, projectMessages } from './messages.projection.js';
import { projectPushes, type PushFact } from './pushes.projection.js';

const id = fc.constantFrom('m1', 'm2', 'm3');
const user = fc.constantFrom('ana', 'bob', 'cleo');
const app = fc.constantFrom('a', 'b');

const messageFact: fc.Arbitrary<MessageFact> = fc.oneof(
  fc.record({
    app,
    partition: fc.nat(63),
    position: fc.constant(0),
    at: fc.nat(),
    type: fc.constant('accepted' as const),
    data: fc.record({
      messageId: id,
      sender: user,
      senderDeviceId: fc.constant(null),
      clientMessageId: fc.constantFrom('c1', 'c2', null),
      recipients: fc.array(user, { minLength: 1, maxLength: 4 }),
      content: fc.constant({ type: 'text' as const, text: 'x' }),
      pushConfig: fc.constant(null),
      priority: fc.constant('medium' as const),
      ttlSeconds: fc.constant(null),
      attempt: fc.constant(0),
    }),
  }),
  fc.record({
    app,
    partition: fc.nat(63),
    position: fc.constant(0),
    at: fc.nat(),
    type: fc.constant('revoked' as const),
    data: fc.record({ messageId: id, revokedBy: user, pushConfig: fc.constant(null) }),
  }),
);
const deliveryFact: fc.Arbitrary<DeliveryFact> = fc.oneof(
  fc.record({
    app,
    partition: fc.nat(63),
    position: fc.constant(0),
    type: fc.constant('settled' as const),
    data: fc.record({
      messageId: id,
      chunk: fc.constant(0),
      round: fc.nat(1),
      policyVersion: fc.constant(1),
      position: fc.constant(1),
      acceptedAt: fc.nat(),
      askedAt: fc.constant(null),
      settledAt: fc.nat(),
      recipients: fc.uniqueArray(user).map((users) =>
        users.map((name) => ({
          user: name,
          devices: [
            {
              deviceId: null,
              verdict: { kind: 'withheld' as const, reason: 'no-device' as const },
              facts: null,
            },
          ],
        })),
      ),
    }),
  }),
  fc.record({
    app,
    partition: fc.nat(63),
    position: fc.constant(0),
    type: fc.constant('late-acknowledged' as const),
    data: fc.record({ messageId: id, user, deviceId: fc.constantFrom('d1', 'd2'), acknowledgedAt: fc.nat() }),
  }),
);

/** Positions as a stream gives them. */
const numbered = <Fact extends { readonly position: number }>(facts: readonly Fact[]): Fact[] =>
  facts.map((fact, index) => ({ ...fact, position: index + 1 }));

/** What a table holds that keeps the first row of each key. */
const stored = <Row>(batches: readonly (readonly Row[])[], keyOf: (row: Row) => string): Map<string, Row> => {
  const table = new Map<string, Row>();
  for (const row of batches.flat()) if (!table.has(keyOf(row))) table.set(keyOf(row), row);
  return table;
};

describe('the same rows whether facts come once or twice, in one batch or in many', () => {
  const cut = <T>(items: readonly T[], at: number): [T[], T[]] => [items.slice(0, at), items.slice(at)];

  it('messages', () => {
    fc.assert(
      fc.property(fc.array(messageFact, { maxLength: 12 }), fc.nat(12), (raw, at) => {
        const facts = numbered(raw);
        const [head, tail] = cut(facts, at);
        const rows = (...batches: MessageFact[][]) => {
          const projected = batches.map(projectMessages);
          return [
            stored(
              projected.map(({ messages }) => messages),
              ({ app: of, messageId }) => `${of} ${messageId}`,
            ),
            stored(
              projected.map(({ revocations }) => revocations),
              ({ app: of, messageId }) => `${of} ${messageId}`,
            ),
          ];
        };
        const once = rows(facts);
        expect(rows([...facts, ...facts])).toEqual(once);
        expect(rows(head, tail, tail)).toEqual(once);
        expect(rows(head, facts)).toEqual(once);
      }),
    );
  });

  it('deliveries', () => {
    fc.assert(
      fc.property(fc.array(deliveryFact, { maxLength: 12 }), fc.nat(12), (raw, at) => {
        const facts = numbered(raw);
        const [head, tail] = cut(facts, at);
        const rows = (...batches: DeliveryFact[][]) => {
          const projected = batches.map(projectDeliveries);
          return [
            stored(
              projected.map(({ deliveries }) => deliveries),
              (row) => `${row.app} ${row.messageId} ${row.round} ${row.recipient}`,
            ),
            stored(
              projected.map(({ late }) => late),
              (row) => `${row.app} ${row.messageId} ${row.deviceId}`,
            ),
          ];
        };
        const once = rows(facts);
        expect(rows([...facts, ...facts])).toEqual(once);
        expect(rows(head, tail, tail)).toEqual(once);
      }),
    );
  });
});

it('a recipient who is named twice has the message once', () => {
  const [row] = projectMessages(
    numbered([
      {
        app: 'a',
        partition: 1,
        position: 0,
        at: 5,
        type: 'accepted',
        data: {
          messageId: 'm1',
          sender: 'ana',
          senderDeviceId: null,
          clientMessageId: null,
          recipients: ['bob', 'bob'],
          content: { type: 'text', text: 'x' },
          pushConfig: null,
          priority: 'medium',
          ttlSeconds: null,
          attempt: 0,
        },
      },
    ]),
  ).messages;
  expect(row?.recipients).toEqual(['bob']);
});

it('a round without anybody is kept, so that the next router knows of it', () => {
  const { deliveries } = projectDeliveries([
    {
      app: 'a',
      partition: 1,
      position: 3,
      type: 'settled',
      data: {
        messageId: 'm1',
        chunk: 0,
        round: 0,
        policyVersion: 1,
        position: 1,
        acceptedAt: 1,
        askedAt: 1,
        settledAt: 2,
        recipients: [],
      },
    },
  ]);
  expect(deliveries).toMatchObject([{ recipient: '', verdicts: [], round: 0 }]);
});

it('one row for each fact of a push', () => {
  const fact: PushFact = {
    app: 'a',
    position: 9,
    at: 5,
    type: 'closed',
    data: {
      jobId: 'j',
      messageId: 'm1',
      vendor: 'apns',
      lane: 'normal',
      attempt: 2,
      deliveryCount: 1,
      repeat: false,
      closedAt: 4,
      targets: [],
    },
  };
  expect(projectPushes([fact, fact]).pushes).toEqual([
    {
      app: 'a',
      messageId: 'm1',
      position: 9,
      event: 'closed',
      jobId: 'j',
      vendor: 'apns',
      attempt: 2,
      at: 5,
    },
  ]);
});

describe('receipts', () => {
  const receipt = (more: Partial<PushReceipted> = {}): PushFact => ({
    app: 'a',
    position: 1,
    at: 5,
    type: 'receipted',
    data: {
      vendor: 'fcm',
      messageId: 'm1',
      user: 'bob',
      deviceId: 'd1',
      tokenRef: 'token-reference-1',
      status: 'delivered',
      vendorCode: 'arrived',
      vendorId: null,
      occurredAt: 4,
      observedAt: 4,
      receivedAt: 5,
      source: 'callback',
      ...more,
    },
  });
  it('are kept once however often they are told', () => {
    const facts = [receipt(), receipt({ status: 'clicked' }), receipt({ receivedAt: 9 })];
    const { receipts, pushes } = projectPushes(numbered(facts));
    expect(receipts.map(({ status, position }) => [status, position])).toEqual([
      ['delivered', 1],
      ['clicked', 2],
    ]);
    expect(pushes).toEqual([]);
  });
  it('without a message are in the log alone', () => {
    expect(projectPushes([receipt({ messageId: null })]).receipts).toEqual([]);
  });
  it('of a message whose id is too long for them find it by the id of the vendor', () => {
    const attempted = (messageId: string): PushFact => ({
      app: 'a',
      position: 3,
      at: 5,
      type: 'attempted',
      data: {
        jobId: 'j',
        messageId,
        vendor: 'fcm',
        lane: 'normal',
        attempt: 1,
        deliveryCount: 1,
        repeat: false,
        startedAt: 3,
        answeredAt: 4,
        outcomes: [
          {
            user: 'bob',
            deviceId: 'd1',
            tokenRef: 'token-reference-1',
            outcome: { kind: 'accepted', vendorId: 'v-1' },
            requests: 1,
            notBefore: null,
            requestId: null,
            traceparent: null,
          },
        ],
      },
    });
    expect(projectPushes([attempted('m'.repeat(37))]).vendorIds).toEqual([]);
    expect(projectPushes([attempted('m'.repeat(38))]).vendorIds).toMatchObject([
      { vendor: 'fcm', vendorId: 'v-1', messageId: 'm'.repeat(38) },
    ]);
  });
});
