import { waitUntil } from '@reveille/bus/testing/wait-until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subjects } from '@reveille/contracts/subjects';
import { writeCursor } from './protocol/inbox-cursor.js';
import {
  app,
  inShort,
  phone,
  RouterTown,
  type RunningRouter,
  session,
  settings,
} from './testing/router-town.js';

let town: RouterTown;
let running: RunningRouter;

beforeAll(async () => {
  town = await RouterTown.start();
  running = await town.openRouter();
});
afterAll(async () => {
  await running.stop();
  await town.stop();
});

const verdictsOf = async (messageId: string, rounds = 1) =>
  (await town.whenSettled(messageId, rounds)).flatMap(inShort);

describe('one recipient', () => {
  it('is pushed at once when nobody is connected', async () => {
    town.devices.set('bob', [phone('bob-1')]);
    const { messageId, position } = await town.accept(['bob']);
    const [job] = await town.whenJobs(messageId);
    const [settled] = await town.settled(messageId);
    expect(settled).toMatchObject({ chunk: 0, round: 0, position, policyVersion: 2 });
    expect(await verdictsOf(messageId)).toEqual(['bob-1 push']);
    expect(job).toMatchObject({
      jobId: `${messageId}:0:0:apns:0`,
      lane: 'normal',
      attempt: 1,
      repeat: false,
      notification: { title: 'Ana', content: 'hello', collapse: messageId, strategy: 'alert' },
      targets: [{ user: 'bob', deviceId: 'bob-1', sealedToken: 'v1.k.bob-1', environment: 'production' }],
    });
    await town.whenIdle();
  });

  it('that acknowledges in time is not pushed', async () => {
    town.devices.set('cleo', [phone('cleo-1', { sessions: [session()] })]);
    const gateway = await town.holds('cleo', (_, answer) => {
      answer({ type: 'holding', devices: ['cleo-1'] });
      answer({ type: 'acknowledged', devices: ['cleo-1'] });
    });
    const { messageId } = await town.accept(['cleo']);
    expect(await verdictsOf(messageId)).toEqual(['cleo-1 acknowledged']);
    await town.whenIdle();
    expect(await town.jobs(messageId)).toEqual([]);
    expect(town.asked.at(-1)?.message).toMatchObject({ messageId, sender: 'ana', recipient: 'cleo' });
    await gateway.stop();
  });

  it('that is silent until its deadline is pushed, and its later word is recorded', async () => {
    town.devices.set('dora', [phone('dora-1', { sessions: [session()] })]);
    let late = (): void => undefined;
    const gateway = await town.holds('dora', (_, answer) => {
      answer({ type: 'holding', devices: ['dora-1'] });
      late = () => answer({ type: 'acknowledged', devices: ['dora-1'] });
    });
    const { messageId } = await town.accept(['dora']);
    const [settled] = await town.whenSettled(messageId);
    expect(inShort(settled as never)).toEqual(['dora-1 push']);
    expect((settled?.settledAt ?? 0) - (settled?.askedAt ?? 0)).toBeGreaterThanOrEqual(1_500);
    const push = { app, messageId, user: 'dora', deviceId: 'dora-1' };
    expect(await town.ask('standing', { pushes: [push] })).toEqual({ closed: [null] });
    late();
    await waitUntil('it does not stand any more', async () => {
      const { closed } = (await town.ask('standing', { pushes: [push] })) as { closed: unknown[] };
      return closed[0] === 'acknowledged';
    });
    await gateway.stop();
  });

  it('whose word comes without an ask is counted while it is waited for, and recorded after', async () => {
    town.devices.set('eve', [phone('eve-1', { sessions: [session()] })]);
    const gateway = await town.holds('eve', (_, answer) => answer({ type: 'holding', devices: ['eve-1'] }));
    const first = await town.accept(['eve']);
    await waitUntil('it is asked', () =>
      town.asked.some(({ message }) => message.messageId === first.messageId),
    );
    town.acknowledge('eve', 'eve-1', [first.messageId]);
    expect(await verdictsOf(first.messageId)).toEqual(['eve-1 acknowledged']);

    const second = await town.accept(['eve']);
    expect(await verdictsOf(second.messageId)).toEqual(['eve-1 push']);
    town.acknowledge('eve', 'eve-1', [first.messageId, second.messageId]);
    await waitUntil('the second is recorded as late', async () => {
      const late = await town.facts('DELIVERIES', 'late-acknowledged');
      const ids = late.map(({ headers }) => headers['Nats-Msg-Id']);
      expect(ids).not.toContain(`${app}:l:${first.messageId}:eve-1`);
      return ids.includes(`${app}:l:${second.messageId}:eve-1`);
    });
    await gateway.stop();
  });

  it('whose late word comes behind a flood of somebody else is recorded all the same', async () => {
    town.devices.set('ivy', [phone('ivy-1', { sessions: [session()] })]);
    const gateway = await town.holds('ivy', (_, answer) => answer({ type: 'holding', devices: ['ivy-1'] }));
    const { messageId } = await town.accept(['ivy']);
    expect(await verdictsOf(messageId)).toEqual(['ivy-1 push']);
    for (let frame = 0; frame < 300; frame += 1) {
      const ids = Array.from({ length: 200 }, (_, index) => `nonsense-${frame}-${index}`);
      town.acknowledge('mallory', 'mallory-1', ids);
    }
    town.acknowledge('ivy', 'ivy-1', [messageId]);
    await waitUntil('it is recorded as late', async () => {
      const late = await town.facts('DELIVERIES', 'late-acknowledged');
      return late.some(({ headers }) => headers['Nats-Msg-Id'] === `${app}:l:${messageId}:ivy-1`);
    });
    await gateway.stop();
  });

  it('that logged out, has no device, or no token, is withheld and the reason kept', async () => {
    town.devices.set('finn', [phone('finn-1', { isBound: false }), phone('finn-2', { alert: null })]);
    const [finn, gus] = await Promise.all([town.accept(['finn']), town.accept(['gus'])]);
    expect(await verdictsOf(finn.messageId)).toEqual([
      'finn-1 withheld(logged-out)',
      'finn-2 withheld(no-token)',
    ]);
    expect(await verdictsOf(gus.messageId)).toEqual(['- withheld(no-device)']);
  });

  it('whose message is taken back while it waits is withheld(revoked)', async () => {
    town.devices.set('hal', [phone('hal-1', { sessions: [session()] })]);
    const gateway = await town.holds('hal', (_, answer) => answer({ type: 'holding', devices: ['hal-1'] }));
    const { messageId } = await town.accept(['hal']);
    await town.revoke(messageId);
    expect(await verdictsOf(messageId)).toEqual(['hal-1 withheld(revoked)']);
    await gateway.stop();
  });
});

it('several recipients are settled in two rounds when one is silent', async () => {
  town.devices.set('ida', [phone('ida-1', { sessions: [session()] })]);
  town.devices.set('jon', [phone('jon-1')]);
  const gateway = await town.holds('ida', (_, answer) => answer({ type: 'holding', devices: ['ida-1'] }));
  const { messageId } = await town.accept(['jon', 'ida']);
  const rounds = await town.whenSettled(messageId, 2);
  expect(rounds.map((round) => [round.round, ...inShort(round)])).toEqual([
    [0, 'jon-1 push'],
    [1, 'ida-1 push'],
  ]);
  expect((await town.whenJobs(messageId, 2)).map(({ jobId }) => jobId)).toEqual([
    `${messageId}:0:0:apns:0`,
    `${messageId}:0:1:apns:0`,
  ]);
  await gateway.stop();
});

describe('what the views answer', () => {
  it('finds the first message of a client message id, as soon as it is accepted', async () => {
    const { messageId } = await town.accept(['bob'], { clientMessageId: 'c-1' });
    const found = await town.ask('find', { sender: 'ana', clientMessageId: 'c-1' });
    expect(found).toEqual({ found: { messageId, acceptedAt: expect.any(Number) } });
    expect(await town.ask('find', { sender: 'bob', clientMessageId: 'c-1' })).toEqual({ found: null });
  });

  it('pages through an inbox without a gap, revoked messages left out', async () => {
    const sent: string[] = [];
    for (let index = 0; index < 5; index += 1) sent.push((await town.accept(['kim'])).messageId);
    await town.revoke(sent[1] as string);
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const page = (await town.ask('page', { user: 'kim', cursor, limit: 2 })) as {
        items: { messageId: string; content: unknown }[];
        cursor: string;
        more: boolean;
      };
      seen.push(...page.items.map((item) => item.messageId));
      ({ cursor, more } = page);
    }
    expect(seen).toEqual(sent.filter((_, index) => index !== 1));
    // Accepted a moment ago: in the page of a client that begins, and of one that goes on at its cursor.
    for (const from of [null, cursor]) {
      const { messageId } = await town.accept(['kim']);
      const next = (await town.ask('page', { user: 'kim', cursor: from, limit: 200 })) as {
        items: { messageId: string }[];
      };
      expect(next.items.at(-1)?.messageId).toBe(messageId);
    }
    for (const notOurs of ['nonsense', writeCursor(1_000_000)]) {
      await expect(town.ask('page', { user: 'kim', cursor: notOurs, limit: 2 })).rejects.toMatchObject({
        code: 'cursor-invalid',
      });
    }
  });

  it('a page of large messages is shorter, and each comes', async () => {
    const sent: string[] = [];
    for (const length of [1, 20_000, 20_000, 32_768, 1])
      sent.push(
        (await town.accept(['lu'], { content: { type: 'text', text: '消'.repeat(length) } })).messageId,
      );
    const pages: string[][] = [];
    let cursor: string | null = null;
    for (let more = true; more; ) {
      const page = (await town.ask('page', { user: 'lu', cursor, limit: 4 })) as {
        items: { messageId: string }[];
        cursor: string;
        more: boolean;
      };
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(140 * 1024);
      pages.push(page.items.map((item) => item.messageId));
      ({ cursor, more } = page);
    }
    expect(pages).toEqual([sent.slice(0, 3), sent.slice(3)]);
  });

  it('tells the story of a message from the log', async () => {
    const { messageId } = await town.accept(['bob']);
    await town.whenJobs(messageId);
    await waitUntil('the verdict is in the story', async () => {
      const { entries } = (await town.ask('show', { messageId })) as { entries: { type: string }[] };
      return entries.map(({ type }) => type).join() === 'message-accepted,delivery-settled';
    });
    await expect(town.ask('show', { messageId: 'nobody-knows' })).rejects.toMatchObject({
      code: 'message-unknown',
    });
  });
});

describe('two messages of one client message id', () => {
  it('past the window of the log, the second settles as a duplicate and is in no inbox', async () => {
    const more = { clientMessageId: 'twice', attempt: 0 };
    const first = await town.accept(['lea'], more, 'first');
    await town.whenSettled(first.messageId);
    const second = await town.accept(['lea'], { ...more, attempt: 1, messageId: 'the-second' }, 'second');
    expect(await verdictsOf(second.messageId)).toEqual(['- withheld(duplicate)']);
    const { items } = (await town.ask('page', { user: 'lea', cursor: null, limit: 10 })) as {
      items: { messageId: string }[];
    };
    expect(items.map(({ messageId }) => messageId)).toEqual([first.messageId]);
  });
});

it('a message that is not of the contracts is parked and holds up nobody', async () => {
  await town.gateway.publisher.publish({
    subject: subjects.messageIn(app, 'c', 'accepted'),
    messageId: `${app}:odd`,
    data: Buffer.from('{"messageId":7}'),
  });
  const { messageId } = await town.accept(['bob']);
  await town.whenSettled(messageId);
  await waitUntil('the letter is written', async () => (await town.log.streamTail('DEAD_LETTERS')) === 1);
  await town.whenIdle();
  expect(await town.settled('7')).toEqual([]);
});

it('APPS says what the file says: only what differs, and what is gone', async () => {
  const before = await town.log.streamTail('APPS');
  const other = { ...settings(), app: 'other' };
  const second = await town.openRouter([settings(), other]);
  expect(await town.log.streamTail('APPS')).toBe(before + 1);
  await second.stop();
  const third = await town.openRouter([settings()]);
  expect(await town.log.streamTail('APPS')).toBe(before + 2);
  expect((await town.log.getMessage('APPS', before + 2))?.subject).toBe(subjects.app('other', 'removed'));
  await third.stop();
});
