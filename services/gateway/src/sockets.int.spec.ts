import { waitUntil } from '@reveille/bus/testing/wait-until';
import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import { closeCode } from '@reveille/contracts/ws/frames';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FrameClient } from './testing/frame-client.js';
import { type GatewayTown, type RunningGateway, startGatewayTown } from './testing/gateway-town.js';
import { itemFor } from './testing/stand-in-owners.js';

const app = 'chat';
let town: GatewayTown;
let gateway: RunningGateway;
let lastUser = 0;

beforeAll(async () => {
  town = await startGatewayTown({
    [app]: { messagesPerSecond: 5, acknowledgementsPerSecond: 200, inboxPagesPerSecond: 3 },
  });
  gateway = await town.start();
});
afterAll(() => town.stop());

const newUser = () => `user-${++lastUser}`;
const token = (user: string) => town.keysOf(app).token(user);
const login = async (user: string, device = `${user}-d`, background = false) =>
  FrameClient.login(gateway.url, device, await token(user), background);

describe('a connection', () => {
  it('is welcomed when presence has recorded it', async () => {
    const user = newUser();
    const client = await login(user);
    const [welcome] = client.of('welcome');
    expect(welcome).toMatchObject({ user, heartbeatMs: 10_000, limits: { messagesPerSecond: 5 } });
    const opened = town.presence.of('open').find(({ body }) => body['user'] === user);
    expect(opened?.body).toMatchObject({
      sessionId: welcome?.sessionId,
      gatewayId: gateway.config.gatewayId,
      deviceId: `${user}-d`,
      background: false,
    });
    client.close();
    await waitUntil('presence hears of the end', () =>
      town.presence.of('close').some(({ body }) => body['sessionId'] === welcome?.sessionId),
    );
  });

  it('takes nothing before its login, and says why', async () => {
    const client = await FrameClient.connect(gateway.url);
    expect(await client.ask({ t: 'inbox' })).toMatchObject({ t: 'error', code: 'not-logged-in' });
    expect(await client.ask({ t: 'ping' })).toMatchObject({ t: 'pong' });
    client.write('{');
    client.write('{"t":"dance","id":"x"}');
    await waitUntil('both are refused', () => client.of('error').length === 3);
    expect(client.of('error').map(({ code }) => code)).toEqual([
      'not-logged-in',
      'frame-invalid',
      'frame-unknown',
    ]);
    client.write({ t: 'hello', sdk: 'test', deviceId: 'd' });
    expect(await client.ask({ t: 'login', token: 'nonsense' })).toMatchObject({ code: 'token-invalid' });
    client.close();
  });

  it('may log in again after a refusal, on the same connection', async () => {
    const user = newUser();
    const client = await FrameClient.connect(gateway.url);
    client.write({ t: 'hello', sdk: 'test', deviceId: 'shared' });
    town.presence.answer('open', () => {
      throw new RefusedError('device-bound-to-another-user', 'log out first');
    });
    const refused = await client.ask({ t: 'login', token: await token(user) });
    expect(refused).toMatchObject({ t: 'error', code: 'device-bound-to-another-user', retryAfterMs: null });
    town.presence.answer('open', () => {
      throw new UnavailableError('no database');
    });
    const failed = await client.ask({ t: 'login', token: await token(user) });
    expect(failed).toMatchObject({ t: 'error', code: 'unavailable', retryAfterMs: 1_000 });
    // Nobody knows whether that one was recorded: presence is told that it has ended.
    const asked = town.presence.of('open').at(-1)?.body['sessionId'];
    await waitUntil('it is ended', () =>
      town.presence.of('close').some(({ body }) => body['sessionId'] === asked),
    );
    town.presence.answer('open', () => ({ replaced: [], pushId: null }));
    expect(await client.ask({ t: 'login', token: await token(user) })).toMatchObject({ t: 'welcome' });
    client.close();
  });

  it('that goes while presence opens its session leaves no session behind', async () => {
    const user = newUser();
    const client = await FrameClient.connect(gateway.url);
    const opening = Promise.withResolvers<void>();
    town.presence.answer('open', async () => {
      await opening.promise;
      return { replaced: [], pushId: null };
    });
    client.write({ t: 'hello', sdk: 'test', deviceId: 'd' });
    client.write({ t: 'login', token: await token(user) });
    await waitUntil('presence is asked', () =>
      town.presence.of('open').some(({ body }) => body['user'] === user),
    );
    client.socket.terminate();
    await client.whenClosed();
    opening.resolve();
    town.presence.answer('open', () => ({ replaced: [], pushId: null }));
    const asked = town.presence.of('open').find(({ body }) => body['user'] === user)?.body['sessionId'];
    await waitUntil('it is ended', () =>
      town.presence.of('close').some(({ body }) => body['sessionId'] === asked),
    );
    const live = town.router.askLive(app, itemFor(user));
    await waitUntil('nobody is there', () => live.isNobody());
    expect(live.answers).toEqual([]);
  });

  it('with a frame above 64 KiB is closed with its own code', async () => {
    const client = await login(newUser());
    client.write(JSON.stringify({ t: 'ping', filler: 'x'.repeat(70_000) }));
    expect(await client.whenClosed()).toBe(closeCode.frameTooLarge);
    const flood = await login(newUser());
    flood.write(JSON.stringify({ t: 'ping', filler: 'x'.repeat(20_000_000) }));
    expect(await flood.whenClosed()).toBe(closeCode.frameTooLarge);
  });

  it('that sends bytes is closed', async () => {
    const client = await login(newUser());
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.whenClosed()).toBe(closeCode.frameInvalid);
  });

  it('is closed when its token runs out', async () => {
    const now = Math.floor(Date.now() / 1_000);
    const user = newUser();
    // Good for the 30 s of skew after its end, and a little more than a second of that is left.
    const expiring = await town.keysOf(app).token(user, { iat: now - 3_600, exp: now - 28 });
    const client = await FrameClient.login(gateway.url, 'd', expiring);
    expect(await client.whenClosed()).toBe(closeCode.tokenExpired);
  });

  it('is only made at /ws', async () => {
    await expect(FrameClient.connect(gateway.url.replace('/ws', '/other'))).rejects.toThrow('404');
  });
});

describe('a message', () => {
  it('is answered when it is stored, and the same one again with the same id', async () => {
    const [ana, bob] = [newUser(), newUser()];
    const client = await login(ana);
    const sent = await client.send(bob, 'hello', 'm1');
    expect(sent).toMatchObject({ t: 'sent' });
    const stored = (await town.router.messages(app)).filter(({ data }) => data.sender === ana);
    expect(stored.map(({ data }) => data)).toMatchObject([
      {
        messageId: 'messageId' in sent ? sent.messageId : '',
        sender: ana,
        senderDeviceId: `${ana}-d`,
        clientMessageId: 'm1',
      },
    ]);
    const finds = town.router.finds.length;
    // A duplicate within the window: the PubAck names the original.
    expect({ ...(await client.send(bob, 'hello', 'm1')), id: 0 }).toEqual({ ...sent, id: 0 });
    expect(town.router.finds.length).toBe(finds);
    // A resend asks the router first.
    expect({ ...(await client.send(bob, 'hello', 'm1', 1)), id: 0 }).toEqual({ ...sent, id: 0 });
    expect(town.router.finds.length).toBe(finds + 1);
    expect((await town.router.messages(app)).filter(({ data }) => data.sender === ana)).toHaveLength(1);
    client.close();
  });

  it('above the limit is refused with the time to wait', async () => {
    const client = await login(newUser());
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, index) => client.send('bob', 'x', `r${index}`)),
    );
    // More than five where this machine takes long over them: others have grown back by then.
    expect(answers.filter(({ t }) => t === 'sent').length).toBeGreaterThanOrEqual(5);
    const refused = answers.find(({ t }) => t === 'error');
    expect(refused).toMatchObject({ code: 'rate-limited', retryAfterMs: expect.any(Number) });
    client.close();
  });
});

describe('the inbox', () => {
  it('gives so many pages a second', async () => {
    const client = await login(newUser());
    const answers = await Promise.all(Array.from({ length: 30 }, () => client.ask({ t: 'inbox' })));
    expect(answers.filter(({ t }) => t === 'page').length).toBeGreaterThanOrEqual(3);
    expect(answers.find(({ t }) => t === 'error')).toMatchObject({
      code: 'rate-limited',
      retryAfterMs: expect.any(Number),
    });
    client.close();
  });
});

describe('a live ask', () => {
  it('is answered with who is held, then with who acknowledged', async () => {
    const user = newUser();
    const client = await login(user, 'phone', true);
    const item = itemFor(user);
    const live = town.router.askLive(app, item);
    await waitUntil('it is delivered', () => client.of('deliver').length === 1);
    expect(client.of('deliver')[0]?.message).toEqual(item);
    await waitUntil('the router hears who holds them', () => live.answers.length > 0);
    expect(live.answers).toEqual([{ type: 'holding', devices: [{ deviceId: 'phone', background: true }] }]);
    const before = town.router.acknowledged.length;
    client.write({ t: 'ack', messageIds: [item.messageId] });
    await waitUntil('it is acknowledged', () => live.answers.length === 2);
    expect(live.answers[1]).toEqual({ type: 'acknowledged', devices: ['phone'] });
    // Once more, now that nobody waits for it, and one that was never asked for.
    client.write({ t: 'ack', messageIds: [item.messageId, 'from-a-page'] });
    await waitUntil('it is told', () => town.router.acknowledged.length > before);
    expect(town.router.acknowledged.at(-1)).toMatchObject({
      user,
      deviceId: 'phone',
      messageIds: [item.messageId, 'from-a-page'],
    });
    client.close();
  });

  it('is answered whatever else is acknowledged; what nobody asked about is limited, and told again after its time', async () => {
    const user = newUser();
    const client = await login(user, 'phone');
    const item = itemFor(user);
    const live = town.router.askLive(app, item);
    await waitUntil('it is delivered', () => client.of('deliver').length === 1);
    const told = (): string[] =>
      town.router.acknowledged.filter((word) => word.user === user).flatMap(({ messageIds }) => messageIds);
    const frames = [0, 1, 2].map((frame) => Array.from({ length: 199 }, (_, n) => `unasked-${frame}-${n}`));
    for (const [frame, ids] of frames.entries())
      client.write({ t: 'ack', id: `a${frame}`, messageIds: frame === 2 ? [...ids, item.messageId] : ids });
    await waitUntil('two are refused', () => client.of('error').length === 2);
    expect(client.of('error').map(({ id, code }) => `${id} ${code}`)).toEqual([
      'a1 rate-limited',
      'a2 rate-limited',
    ]);
    await waitUntil('it is answered', () => live.answers.length === 2);
    expect(live.answers.at(-1)).toEqual({ type: 'acknowledged', devices: ['phone'] });
    const waitMs = client.of('error')[0]?.retryAfterMs ?? 0;
    expect(waitMs).toBeGreaterThan(0);
    await waitUntil('the first are told', () => told().length >= 199);
    expect(told()).toEqual(frames[0]);
    await waitUntil('there is room again', async () => {
      client.write({ t: 'ack', messageIds: frames[1] ?? [] });
      await client.ask({ t: 'ping' });
      return told().length > 199;
    });
    expect(told()).toEqual([...(frames[0] ?? []), ...(frames[1] ?? [])]);
    client.close();
  });

  it('of somebody who left finds nobody, and of somebody who came back at once finds them', async () => {
    const user = newUser();
    for (let round = 0; round < 5; round += 1) {
      const client = await login(user, 'phone');
      const item = itemFor(user);
      const live = town.router.askLive(app, item);
      await waitUntil('it is delivered', () => client.of('deliver').length > 0);
      await waitUntil('the router hears who holds them', () => live.answers.length > 0);
      expect(client.of('deliver').map(({ message }) => message.messageId)).toEqual([item.messageId]);
      expect(live.answers).toHaveLength(1);
      client.close();
      await client.whenClosed();
    }
    await waitUntil('nobody is there', async () => {
      const live = town.router.askLive(app, itemFor(user));
      await waitUntil('an answer', () => live.isNobody() || live.answers.length > 0);
      return live.isNobody();
    });
  });

  it('never comes before the welcome', async () => {
    const user = newUser();
    const client = await FrameClient.connect(gateway.url);
    client.write({ t: 'hello', sdk: 'test', deviceId: 'd' });
    client.write({ t: 'login', id: 'l', token: await token(user) });
    const asked: string[] = [];
    await waitUntil('the welcome', () => {
      const item = itemFor(user);
      town.router.askLive(app, item);
      asked.push(item.messageId);
      return client.of('welcome').length > 0;
    });
    await waitUntil('a delivery', () => client.of('deliver').length > 0);
    expect(client.heard[0]?.t).toBe('welcome');
    client.close();
  });
});

describe('a session', () => {
  it('that a newer login replaces is kicked, here and on another gateway', async () => {
    const other = await town.start();
    const user = newUser();
    const first = await login(user, 'phone');
    const [welcome] = first.of('welcome');
    const replace = (sessionId: string, gatewayId: string) =>
      town.presence.answer('open', () => ({ replaced: [{ sessionId, gatewayId }], pushId: null }));
    replace(welcome?.sessionId ?? '', gateway.config.gatewayId);
    const second = await FrameClient.login(other.url, 'phone', await token(user));
    expect(await first.whenClosed()).toBe(closeCode.kicked);
    expect(first.of('kicked')).toHaveLength(1);
    replace(second.of('welcome')[0]?.sessionId ?? '', other.config.gatewayId);
    const third = await FrameClient.login(other.url, 'phone', await token(user));
    expect(await second.whenClosed()).toBe(closeCode.kicked);
    town.presence.answer('open', () => ({ replaced: [], pushId: null }));
    const item = itemFor(user);
    const live = town.router.askLive(app, item);
    await waitUntil('one is held', () => live.answers.length > 0);
    expect(live.answers).toEqual([{ type: 'holding', devices: [{ deviceId: 'phone', background: false }] }]);
    third.close();
    await other.stop();
  });

  it('that logs out is unbound before it is answered', async () => {
    const user = newUser();
    const client = await login(user, 'phone');
    const answer = await client.ask({ t: 'logout' });
    expect(answer.t).toBe('ok');
    expect(await client.whenClosed()).toBe(closeCode.loggedOut);
    const unbound = town.presence.of('unbind-user').find(({ body }) => body['user'] === user);
    expect(unbound?.body).toEqual({ deviceId: 'phone', user, deviceSecret: null, proof: 'session' });
    const closed = () =>
      town.presence
        .of('close')
        .filter(({ body }) => body['sessionId'] === client.of('welcome')[0]?.sessionId);
    await waitUntil('presence knows', () => closed().length > 0);
    expect(closed().map(({ body }) => body['reason'])).toEqual(['logout']);
  });

  it('goes to the background and is held as such', async () => {
    const user = newUser();
    const client = await login(user, 'phone');
    expect(await client.ask({ t: 'state', background: true })).toMatchObject({ t: 'ok' });
    const live = town.router.askLive(app, itemFor(user));
    await waitUntil('it is held', () => live.answers.length > 0);
    expect(live.answers).toEqual([{ type: 'holding', devices: [{ deviceId: 'phone', background: true }] }]);
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) => client.ask({ t: 'state', background: index % 2 === 0 })),
    );
    expect(answers.find(({ t }) => t === 'error')).toMatchObject({ code: 'rate-limited' });
    client.close();
  });
});
