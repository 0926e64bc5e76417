import { subjects } from '@reveille/contracts/subjects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { app, type PresenceTown, startPresenceTown } from './testing/presence-town.js';

let town: PresenceTown;
let count = 0;
const fresh = (name: string) => `${name}-${(count += 1)}`;

beforeAll(async () => {
  town = await startPresenceTown();
  // Two that share the asks: each story goes through both.
  await town.start();
  await town.start();
});
afterAll(() => town.stop());

const sessionsOf = async (user: string) =>
  (await town.lookup(user))[0]?.flatMap(({ sessions }) => sessions.map(({ sessionId }) => sessionId)) ?? [];
const seen = (user: string) => expect.poll(() => sessionsOf(user));

describe('sessions', () => {
  it('are opened, moved and closed', async () => {
    const [user, deviceId, sessionId] = [fresh('user'), fresh('phone'), fresh('session')];
    expect(await town.open(sessionId, { user, deviceId })).toEqual({ replaced: [], pushId: null });
    await seen(user).toEqual([sessionId]);
    await town.gateway.asker.ask(subjects.askMoveSession(app), { sessionId, background: true });
    await expect
      .poll(async () => (await town.lookup(user))[0]?.[0]?.sessions)
      .toMatchObject([{ sessionId, background: true }]);
    const close = { sessionId, reason: 'disconnected' };
    await town.gateway.asker.ask(subjects.askCloseSession(app), close);
    await town.gateway.asker.ask(subjects.askCloseSession(app), close);
    await seen(user).toEqual([]);
    expect(await factsOf(sessionId)).toEqual([
      'session-opened',
      'session-moved',
      'session-closed disconnected',
    ]);
  });

  it('know the PushID of their device', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const { pushId } = await town.register(deviceId, { user, bindUser: true });
    expect(await town.open(fresh('session'), { user, deviceId })).toEqual({ replaced: [], pushId });
  });

  it('replace the older one of the same device', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const [first, second] = [fresh('session'), fresh('session')];
    await town.open(first, { user, deviceId, gatewayId: 'gateway-old' });
    const { replaced } = await town.open(second, { user, deviceId });
    expect(replaced).toEqual([{ sessionId: first, gatewayId: 'gateway-old' }]);
    await seen(user).toEqual([second]);
    expect(await factsOf(first)).toEqual(['session-opened', 'session-closed kicked']);
  });

  it('that open at once on one device leave one', async () => {
    const [user, deviceId] = [fresh('user'), fresh('phone')];
    const ids = Array.from({ length: 8 }, () => fresh('session'));
    const answers = await Promise.all(ids.map((id) => town.open(id, { user, deviceId })));
    await expect.poll(async () => (await sessionsOf(user)).length).toBe(1);
    const replaced = new Set(answers.flatMap((answer) => answer.replaced.map(({ sessionId }) => sessionId)));
    expect(replaced.size).toBe(ids.length - 1);
  });

  it('of an eleventh device end the oldest', async () => {
    const user = fresh('user');
    const ids = Array.from({ length: 10 }, () => fresh('session'));
    for (const id of ids) await town.open(id, { user, deviceId: fresh('phone') });
    const { replaced } = await town.open(fresh('session'), { user, deviceId: fresh('phone') });
    expect(replaced.map(({ sessionId }) => sessionId)).toEqual([ids[0]]);
  });

  it('of a device that is somebody else by now are named without a binding', async () => {
    const [ana, eve, deviceId] = [fresh('ana'), fresh('eve'), fresh('phone')];
    await town.open(fresh('session'), { user: ana, deviceId });
    await town.logout(deviceId, ana);
    await town.register(deviceId, { user: eve, bindUser: true });
    const [[device] = []] = await town.lookup(ana);
    expect(device).toMatchObject({ deviceId, isBound: false, alert: null, sessions: [{}] });
  });
});

async function factsOf(sessionId: string): Promise<string[]> {
  const auditor = await town.nats.connectAs('auditor');
  const facts: string[] = [];
  const untilSequence = await auditor.streamTail('SESSIONS');
  for await (const { headers, data } of auditor.scan('SESSIONS', { subjects: [], untilSequence })) {
    if (headers['ce-subject'] !== sessionId) continue;
    const { reason } = JSON.parse(Buffer.from(data).toString()) as { reason?: string };
    facts.push([headers['ce-type'], reason].filter(Boolean).join(' '));
  }
  await auditor.drain();
  return facts;
}
