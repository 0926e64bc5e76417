import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { startTestPostgres, type TestPostgres } from '@reveille/chassis/testing/test-database';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { projectMessages, type MessageFact } from '../../projections/messages.projection.js';
import { projectDeliveries } from '../../projections/deliveries.projection.js';
import { projectPushes } from '../../projections/pushes.projection.js';
import { writeDeliveries } from './delivery-view.js';
import { writeMessages } from './message-view.js';
import { migrations } from './migrations.js';
import { writePushes } from './push-view.js';
import { type RouterTables, routerSchema } from './schema.js';
import { inboxDays, sweepViews } from './sweep-views.js';
import { ViewReader } from './view-reader.js';
import { createViewStore } from './view-store.js';

let postgres: TestPostgres;
let database: Database<RouterTables>;

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = openDatabase<RouterTables>({ url: await postgres.createDatabase(), schema: routerSchema });
  await migrateDatabase(database.db, routerSchema, migrations);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
});
beforeEach(() => clear());

const clear = async (): Promise<void> => {
  await sql`truncate router.message, router.inbox, router.revocation, router.delivery, router.late_acknowledgement,
    router.push_attempt, router.push_receipt, router.push_vendor_id, router.projection_position`.execute(
    database.db,
  );
};
const rows = async (): Promise<unknown[]> => {
  const messages = await sql`select * from router.message order by app_id, message_id`.execute(database.db);
  const inbox = await sql`select * from router.inbox order by app_id, recipient, position`.execute(
    database.db,
  );
  const revocations = await sql`select * from router.revocation order by app_id, message_id`.execute(
    database.db,
  );
  return [messages.rows, inbox.rows, revocations.rows];
};

const fact: fc.Arbitrary<MessageFact> = fc
  .record({
    app: fc.constantFrom('a', 'b'),
    messageId: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
    sender: fc.constantFrom('ana', 'bob'),
    clientMessageId: fc.constantFrom('c1', 'c2', null),
    recipients: fc.array(fc.constantFrom('cleo', 'dora'), { minLength: 1, maxLength: 3 }),
    isRevoked: fc.boolean(),
  })
  .map(({ app, messageId, sender, clientMessageId, recipients, isRevoked }): MessageFact => {
    const place = { app, partition: 1, position: 0, at: 5 };
    if (isRevoked)
      return { ...place, type: 'revoked', data: { messageId, revokedBy: sender, pushConfig: null } };
    const content = { type: 'text', text: `it's "quoted" \\ and {braced}, null` } as const;
    const rest = {
      senderDeviceId: null,
      pushConfig: null,
      priority: 'medium',
      ttlSeconds: null,
      attempt: 0,
    } as const;
    return {
      ...place,
      type: 'accepted',
      data: { messageId, sender, clientMessageId, recipients, content, ...rest },
    };
  });

describe('the view of messages', () => {
  it('is the same whether facts come once or twice, in one batch or one by one', async () => {
    const write = (facts: readonly MessageFact[]) => writeMessages(database.db, projectMessages(facts));
    await fc.assert(
      fc.asyncProperty(fc.array(fact, { minLength: 1, maxLength: 10 }), async (raw) => {
        const facts = raw.map((item, index) => ({ ...item, position: index + 1 }));
        await clear();
        for (const one of facts) await write([one]);
        const oneByOne = await rows();
        await write(facts);
        expect(await rows()).toEqual(oneByOne);
        await clear();
        await write([...facts, ...facts]);
        await write(facts);
        expect(await rows()).toEqual(oneByOne);
      }),
      { numRuns: 40 },
    );
  });
});

describe('what is asked of the views', () => {
  const reader = () => new ViewReader(database.db);

  it('keeps the order of the questions, the first verdict of each part, and how far the view was', async () => {
    const settled = (messageId: string, round: number, position: number, users: readonly string[]) => ({
      app: 'a',
      partition: 9,
      position,
      type: 'settled' as const,
      data: {
        messageId,
        chunk: 0,
        round,
        policyVersion: 1,
        position: 1,
        acceptedAt: 1,
        askedAt: null,
        settledAt: 100 + position,
        recipients: users.map((user) => ({
          user,
          devices: [
            { deviceId: `${user}-1`, verdict: { kind: 'acknowledged' as const, at: position }, facts: null },
          ],
        })),
      },
    });
    const facts = [
      settled('m1', 0, 1, []),
      settled('m1', 1, 2, ['bob']),
      settled('m2', 0, 3, ['cleo']),
      settled('m2', 0, 4, ['cleo']),
    ];
    await createViewStore(database.db, () => undefined).write(
      'deliveries',
      null,
      { position: 4, streamCreatedAt: 7 },
      (db) => writeDeliveries(db, projectDeliveries(facts)),
    );
    const found = await reader().settledRounds([
      { app: 'a', messageId: 'm2' },
      { app: 'b', messageId: 'm1' },
      { app: 'a', messageId: 'm1' },
    ]);
    const at = (user: string, position: number) => ({
      user,
      devices: [{ deviceId: `${user}-1`, verdict: { kind: 'acknowledged', at: position }, facts: null }],
    });
    expect(found).toEqual([
      { position: 4, answer: [{ chunk: 0, round: 0, settledAt: 103, recipients: [at('cleo', 3)] }] },
      { position: 4, answer: [] },
      {
        position: 4,
        answer: [
          { chunk: 0, round: 0, settledAt: 101, recipients: [] },
          { chunk: 0, round: 1, settledAt: 102, recipients: [at('bob', 2)] },
        ],
      },
    ]);
    const device = (user: string, deviceId: string) => ({ app: 'a', messageId: 'm2', user, deviceId });
    const asked = [device('nobody', 'd'), device('cleo', 'cleo-1'), device('cleo', 'other')];
    expect(await reader().verdictsOf(asked)).toEqual([
      null,
      { partition: 9, verdict: { kind: 'acknowledged', at: 3 } },
      { partition: 9, verdict: null },
    ]);
  });

  it('knows where the facts of a message are', async () => {
    const message = { app: 'a', partition: 1, at: 5, position: 11, type: 'accepted' as const };
    const rest = {
      senderDeviceId: null,
      pushConfig: null,
      priority: 'medium',
      ttlSeconds: null,
      attempt: 0,
    } as const;
    const data = {
      messageId: 'm1',
      sender: 'x',
      clientMessageId: null,
      recipients: ['y'],
      content: { type: 'text', text: 'z' } as const,
      ...rest,
    };
    await writeMessages(database.db, projectMessages([{ ...message, data }]));
    const push = {
      jobId: 'j',
      messageId: 'm1',
      vendor: 'apns',
      lane: 'normal',
      attempt: 1,
      deliveryCount: 1,
      repeat: false,
      closedAt: 1,
      targets: [],
    } as const;
    await writePushes(
      database.db,
      projectPushes([{ app: 'a', position: 31, at: 1, type: 'closed', data: { ...push, targets: [] } }]),
    );
    const late = { messageId: 'm1', user: 'y', deviceId: 'd', acknowledgedAt: 1 };
    await writeDeliveries(
      database.db,
      projectDeliveries([{ app: 'a', partition: 1, position: 21, type: 'late-acknowledged', data: late }]),
    );
    expect(await reader().places({ app: 'a', messageId: 'm1' })).toEqual({
      message: 11,
      revocations: [],
      deliveries: [21],
      pushes: [31],
    });
    expect(await reader().places({ app: 'b', messageId: 'm1' })).toBeNull();
    const asked = [
      { app: 'a', messageId: 'm2', user: 'y', deviceId: 'd' },
      { app: 'a', messageId: 'm1', user: 'y', deviceId: 'd' },
    ];
    expect(await reader().standing(asked)).toEqual([null, 'acknowledged']);
  });

  it('finds the push that a receipt speaks about, by its message or by the vendor’s id', async () => {
    const longId = 'm'.repeat(50);
    await sql`insert into router.message (app_id, message_id, position, sender, partition, accepted_at, item)
      values ('a', 'm1', 1, 'x', 7, 1, '{}'), ('a', ${longId}, 2, 'x', 8, 1, '{}')`.execute(database.db);
    const verdicts = JSON.stringify([
      { deviceId: 'd1', verdict: { kind: 'push' } },
      { deviceId: 'd2', verdict: { kind: 'withheld', reason: 'muted' } },
    ]);
    await sql`insert into router.delivery
      (app_id, message_id, chunk, round, recipient, partition, verdicts, settled_at, position)
      values ('a', 'm1', 0, 0, 'bob', 7, ${verdicts}, 70, 1), ('a', ${longId}, 0, 0, 'bob', 8, ${verdicts}, 80, 2)`.execute(
      database.db,
    );
    await writePushes(database.db, {
      pushes: [],
      receipts: [],
      vendorIds: [{ app: 'a', vendor: 'fcm', vendorId: 'v\0-1', messageId: longId, at: 1 }],
    });
    const push = {
      app: 'a',
      vendor: 'fcm',
      messageId: null,
      vendorId: null,
      user: 'bob',
      deviceId: 'd1',
      said: null,
    } as const;
    const places = await reader().locate([
      { ...push, messageId: 'm1' },
      { ...push, messageId: 'm1', deviceId: 'd2' },
      { ...push, messageId: 'm1', user: 'eve' },
      { ...push, vendorId: 'v\0-1' },
      { ...push, vendorId: 'v-1', app: 'b' },
      { ...push, messageId: 'm9', vendorId: 'v-1' },
    ]);
    expect(places).toEqual([
      { messageId: 'm1', partition: 7, settledAt: 70, isKept: false },
      { messageId: 'm1', partition: 7, settledAt: null, isKept: false },
      { messageId: 'm1', partition: 7, settledAt: null, isKept: false },
      { messageId: longId, partition: 8, settledAt: 80, isKept: false },
      null,
      null,
    ]);
  });

  it('keeps a receipt once, at its first place, and in the story', async () => {
    await sql`insert into router.message (app_id, message_id, position, sender, partition, accepted_at, item)
      values ('a', 'm1', 1, 'x', 7, 1, '{}')`.execute(database.db);
    const receipt = (position: number) =>
      writePushes(
        database.db,
        projectPushes([
          {
            app: 'a',
            position,
            at: 5,
            type: 'receipted',
            data: {
              vendor: 'fcm',
              messageId: 'm1',
              user: 'bob',
              deviceId: 'd1',
              tokenRef: 'token-reference-1',
              status: 'delivered',
              vendorCode: 'ar\n"rived',
              vendorId: null,
              occurredAt: 4,
              observedAt: 4,
              receivedAt: 5,
              source: 'callback',
            },
          },
        ]),
      );
    await receipt(31);
    await receipt(32);
    expect(await reader().places({ app: 'a', messageId: 'm1' })).toMatchObject({ pushes: [31] });
    const push = {
      app: 'a',
      vendor: 'fcm',
      messageId: 'm1',
      vendorId: null,
      user: 'bob',
      deviceId: 'd1',
    } as const;
    const words = { tokenRef: 'token-reference-1', status: 'delivered', vendorCode: 'ar\n"ri\0ved' } as const;
    const places = await reader().locate([
      { ...push, said: words },
      { ...push, said: { ...words, status: 'clicked' } },
      { ...push, said: { ...words, tokenRef: null } },
      { ...push, said: null },
    ]);
    expect(places.map((place) => place?.isKept)).toEqual([true, false, false, false]);
  });

  it('forgets an inbox after its days', async () => {
    await sql`insert into router.inbox values ('a', 'y', 1, 'm1', 1000), ('a', 'y', 2, 'm2', 2000)`.execute(
      database.db,
    );
    await sweepViews(database.db, inboxDays * 86_400_000 + 1_500);
    expect((await sql`select message_id from router.inbox`.execute(database.db)).rows).toEqual([
      { message_id: 'm2' },
    ]);
  });
});

describe('the place of a view', () => {
  const place = (position: number) => ({ position, streamCreatedAt: 7 });

  it('moves with the rows, or not at all', async () => {
    const store = createViewStore(database.db, () => undefined);
    expect(await store.place('messages')).toBeNull();
    await store.write('messages', null, place(3), async () => undefined);
    const failing = createViewStore(database.db, () => {
      throw new Error('broken');
    });
    await expect(failing.write('messages', place(3), place(5), async () => undefined)).rejects.toThrow(
      'broken',
    );
    expect(await store.place('messages')).toEqual(place(3));
  });

  it('is written once even if the first answer was lost, and refuses a writer that is elsewhere', async () => {
    const store = createViewStore(database.db, () => undefined);
    let written = 0;
    const write = async () => {
      written += 1;
    };
    await store.write('messages', null, place(3), write);
    await store.write('messages', null, place(3), write);
    expect(written).toBe(1);
    await expect(store.write('messages', null, place(4), write)).rejects.toMatchObject({
      name: 'ViewMovedError',
    });
    await expect(store.write('messages', place(2), place(4), write)).rejects.toMatchObject({
      name: 'ViewMovedError',
    });
    await expect(
      store.write(
        'messages',
        { position: 3, streamCreatedAt: 8 },
        { position: 4, streamCreatedAt: 8 },
        write,
      ),
    ).rejects.toMatchObject({ name: 'ViewMovedError' });
    expect(written).toBe(1);
  });
});
