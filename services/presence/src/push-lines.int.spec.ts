import type { Bus } from '@reveille/bus/connect';
import type { RestoreTokensAnswer, TrustPushLineAnswer } from '@reveille/contracts/ask/presence';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { type PushReceipted, receiptCondemns, sealedForNobody } from '@reveille/contracts/push/receipt';
import { consumers } from '@reveille/contracts/streams';
import { subjects } from '@reveille/contracts/subjects';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPushTokenVault } from './outbound/db/push-token-vault.repository.js';
import {
  app,
  patience,
  type PresenceTown,
  type RunningPresence,
  startPresenceTown,
} from './testing/presence-town.js';

const suspicion = { minimum: 5, sharePercent: 30, windowMs: 600_000 };
const vendor = 'apns';

let town: PresenceTown;
let operator: Bus;
let presence: RunningPresence;
let phones: { deviceId: string; user: string; tokenRef: string }[];
let count = 0;

beforeAll(async () => {
  town = await startPresenceTown();
  operator = await town.nats.connectAs('operator');
});
afterAll(async () => {
  await operator.drain();
  await town.stop();
});
beforeEach(async () => {
  // What was heard in one story must not count in the next.
  await operator.jsm.streams.purge('PUSHES');
  await sql`delete from presence.token_word`.execute(town.database.db);
  presence = await town.start({ suspicion });
  phones = [];
  for (let index = 0; index < 10; index += 1) {
    count += 1;
    const [user, deviceId] = [`user-${count}`, `phone-${count}`];
    const { tokenRef } = await town.register(deviceId, { user, bindUser: true });
    phones.push({ user, deviceId, tokenRef });
  }
});
afterEach(async () => {
  await trust();
  await forget();
  await presence.stop();
});

type Phone = (typeof phones)[number];
const trust = () =>
  operator.asker.ask<TrustPushLineAnswer>(subjects.askTrustPushLine(app), { vendor }, patience);

async function say(lastSubject: string, id: string, type: string, data: unknown): Promise<void> {
  await town.worker.publisher.publishFact({
    subject: lastSubject,
    messageId: `${app}:${id}`,
    envelope: {
      id,
      type,
      version: 1,
      source: 'vendor-workers',
      time: Date.now(),
      app,
      subject: 'm',
      correlation: null,
      causation: null,
      traceparent: null,
      data,
    },
  });
}

async function attempt(isDead: boolean, ...targets: Phone[]): Promise<void> {
  const id = `attempt-${(count += 1)}`;
  const rejected = {
    kind: 'rejected',
    reason: 'token-unregistered',
    vendorCode: 'Gone',
    observedAt: null,
  } as const;
  const event: PushAttempted = {
    jobId: id,
    messageId: id,
    vendor,
    lane: 'normal',
    attempt: 1,
    deliveryCount: 1,
    repeat: false,
    startedAt: Date.now(),
    answeredAt: Date.now(),
    outcomes: targets.map((target) => ({
      ...target,
      outcome: isDead ? rejected : { kind: 'accepted', vendorId: null },
      requests: 1,
      notBefore: null,
      requestId: null,
      traceparent: null,
    })),
  };
  await say(subjects.pushAttempted(app, 1, vendor, isDead), id, 'push-attempted', event);
}

async function receipt(phone: Phone, more: Partial<PushReceipted> = {}): Promise<void> {
  const id = `receipt-${(count += 1)}`;
  const event: PushReceipted = {
    ...phone,
    vendor,
    messageId: null,
    status: 'token-unregistered',
    vendorCode: 'gone',
    vendorId: null,
    occurredAt: null,
    observedAt: Date.now() + 1,
    receivedAt: Date.now(),
    source: 'callback',
    ...more,
  };
  await say(subjects.pushReceipted(app, 1, vendor, receiptCondemns(event)), id, 'push-receipted', event);
}

/** Presence has weighed all that was said. */
async function whenWeighed(): Promise<void> {
  const { stream, name } = consumers.tokenVerdicts;
  await expect
    .poll(async () => {
      const info = await operator.jsm.consumers.info(stream, name);
      return info.num_pending + info.num_ack_pending;
    })
    .toBe(0);
}

async function states(): Promise<string> {
  const found = await town.lookup(...phones.map(({ user }) => user));
  return found.map(([device]) => device?.alert?.state.at(0) ?? '-').join('');
}
/** The line's story is over: what an operator said in one must not count in the next. */
async function forget(): Promise<void> {
  await operator.jsm.streams.purge('DEVICES', { filter: subjects.pushLine(app, vendor) });
}
const suspectedLines = async () =>
  (
    await sql<{ vendor: string; condemned: number }>`select * from presence.push_line`.execute(
      town.database.db,
    )
  ).rows;

async function restoreAll(sinceAt: number): Promise<{ restored: number; lost: number }> {
  let restored = 0;
  for (;;) {
    const answer = await operator.asker.ask<RestoreTokensAnswer>(
      subjects.askRestoreTokens(app),
      { vendor, sinceAt },
      patience,
    );
    restored += answer.restored;
    if (!answer.more) return { restored, lost: answer.lost };
  }
}

describe('a few dead tokens', () => {
  it('die, and can be brought back', async () => {
    const before = Date.now();
    for (const phone of phones) await attempt(false, phone);
    for (const phone of phones.slice(0, 2)) await attempt(true, phone);
    await whenWeighed();
    await expect.poll(states).toBe('ddllllllll');
    expect(await suspectedLines()).toEqual([]);
    expect(await restoreAll(before)).toEqual({ restored: 2, lost: 0 });
    expect(await states()).toBe('llllllllll');
    expect(await restoreAll(before)).toEqual({ restored: 0, lost: 0 });
  });

  it('die by a receipt, too, if it is younger than the token', async () => {
    await receipt(phones[0] as Phone);
    await receipt(phones[1] as Phone, { observedAt: 1 });
    await receipt(phones[2] as Phone, { observedAt: null });
    await receipt(phones[3] as Phone, { status: 'delivered' });
    await whenWeighed();
    await expect.poll(states).toBe('dlllllllll');
  });

  it('stay in the vault for an undo, and not longer', async () => {
    const before = Date.now();
    await attempt(true, phones[0] as Phone);
    await whenWeighed();
    await expect.poll(states).toBe('dlllllllll');
    const vault = createPushTokenVault(town.database.db, town.sealing);
    await vault.sweep(Date.now() + 1_000, before);
    expect(await restoreAll(before)).toEqual({ restored: 1, lost: 0 });
    await attempt(true, phones[0] as Phone);
    await whenWeighed();
    await expect.poll(states).toBe('dlllllllll');
    await vault.sweep(Date.now() + 1_000, Date.now() + 1_000);
    expect(await restoreAll(before)).toEqual({ restored: 0, lost: 1 });
  });

  it('that somebody else has registered since stay theirs', async () => {
    const before = Date.now();
    const [first] = phones as [Phone];
    await attempt(true, first);
    await whenWeighed();
    await expect.poll(states).toBe('dlllllllll');
    const heir = { user: `heir-${(count += 1)}`, deviceId: `heir-${count}` };
    await town.register(heir.deviceId, {
      user: heir.user,
      token: `token-of-${first.deviceId}`,
      bindUser: true,
    });
    await restoreAll(before);
    const [[old] = [], [mine] = []] = await town.lookup(first.user, heir.user);
    expect([old?.alert ?? null, mine?.alert?.state]).toEqual([null, 'live']);
  });
});

describe('many dead tokens at once', () => {
  const manyDie = async () => {
    for (const phone of phones.slice(0, 6)) await attempt(true, phone);
    for (const phone of phones.slice(6)) await attempt(false, phone);
    await whenWeighed();
  };

  it('do not die, and the line is reported', async () => {
    await manyDie();
    await expect.poll(states).toBe('llllllllll');
    expect(await suspectedLines()).toMatchObject([
      { vendor, condemned: expect.toSatisfy((many: number) => many === 5 || many === 6) },
    ]);
    const reported = () => presence.health.parts().find(({ name }) => name === `${vendor} tokens of ${app}`);
    await expect.poll(reported).toMatchObject({
      isOk: false,
      detail: expect.stringMatching(/^suspected: [56] of \d+ pushes/),
    });
    expect(presence.health.isReady()).toBe(true);
    await attempt(true, phones[9] as Phone);
    await whenWeighed();
    expect(await states()).toBe('llllllllll');
  });

  it('die once an operator believes the vendor', async () => {
    await manyDie();
    await expect.poll(async () => (await suspectedLines()).length).toBe(1);
    expect(await trust()).toEqual({ wasSuspected: true });
    expect(await trust()).toEqual({ wasSuspected: false });
    for (const phone of phones.slice(0, 7)) await attempt(true, phone);
    await whenWeighed();
    await expect.poll(states).toBe('dddddddlll');
    await forget();
  });

  it('come back though the presence that suspected them died in the middle', async () => {
    const before = Date.now();
    await attempt(true, phones[0] as Phone);
    await whenWeighed();
    await expect.poll(states).toBe('dlllllllll');
    await presence.stop();
    const witness = await town.nats.connectAs('presence');
    await witness.publisher.publishFact({
      subject: subjects.pushLine(app, vendor),
      messageId: `${app}:p:${(count += 1)}`,
      envelope: {
        id: `line-${count}`,
        type: 'push-line-suspected',
        version: 1,
        source: 'presence',
        time: before,
        app,
        subject: vendor,
        correlation: null,
        causation: null,
        traceparent: null,
        data: { vendor, condemned: 6, heard: 10, withinMs: 60_000, sinceAt: before, suspectedAt: before },
      },
    });
    await witness.drain();
    presence = await town.start({ suspicion });
    await expect.poll(states).toBe('llllllllll');
  });

  it('are no reason while the breaker is off', async () => {
    await presence.stop();
    presence = await town.start({ suspicion: { ...suspicion, sharePercent: 0 } });
    await manyDie();
    await expect.poll(states).toBe('ddddddllll');
  });
});

it('a token finds its owner, sealed for nobody', async () => {
  const [first] = phones as [Phone];
  const seal = (token: string) => town.sealing.seal(token, { app, deviceId: sealedForNobody });
  const tokens = [`token-of-${first.deviceId}`, 'foreign'].map((token) => ({
    app,
    vendor,
    sealedToken: seal(token),
  }));
  const answer = await town.worker.asker.ask(subjects.askOwners(), { tokens }, patience);
  expect(answer).toEqual({
    owners: [
      { tokenRef: first.tokenRef, deviceId: first.deviceId, user: first.user },
      { tokenRef: expect.any(String), deviceId: null, user: null },
    ],
  });
  const sealedForPhone = town.sealing.seal('token', { app, deviceId: first.deviceId });
  const asked = town.worker.asker.ask(subjects.askOwners(), {
    tokens: [{ app, vendor, sealedToken: sealedForPhone }],
  });
  await expect(asked).rejects.toThrow(/does not open/);
});
