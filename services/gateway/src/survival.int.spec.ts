import { waitUntil } from '@reveille/bus/testing/wait-until';
import { closeCode } from '@reveille/contracts/ws/frames';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FrameClient } from './testing/frame-client.js';
import { type GatewayTown, startGatewayTown } from './testing/gateway-town.js';
import { itemFor } from './testing/stand-in-owners.js';

const app = 'chat';
let town: GatewayTown;

beforeAll(async () => {
  town = await startGatewayTown({ [app]: { messagesPerSecond: 1_000 } });
});
afterAll(() => town.stop());

const login = async (url: string, user: string) =>
  FrameClient.login(url, `${user}-d`, await town.keysOf(app).token(user));

describe('without NATS', () => {
  it('for a moment senders are told to try again, and acknowledgements are not lost', async () => {
    const gateway = await town.start();
    const client = await login(gateway.url, 'moment');
    const item = itemFor('moment');
    town.router.askLive(app, item);
    await waitUntil('it is delivered', () => client.of('deliver').length === 1);
    await town.nats.server.kill('SIGKILL');
    await waitUntil('it is noticed', async () => (await fetch(`${gateway.http}/readyz`)).status === 503);
    const refused = await client.send('bob', 'x', 'm1', 1);
    expect(refused).toMatchObject({ t: 'error', code: 'unavailable', retryAfterMs: 1_000 });
    // The right to answer the ask went with the connection: this one must reach the routers all the same.
    client.write({ t: 'ack', messageIds: [item.messageId] });
    await client.ask({ t: 'ping' });
    await town.nats.server.restart();
    await waitUntil('it is told', () =>
      town.router.acknowledged.some(({ messageIds }) => messageIds.includes(item.messageId)),
    );
    await waitUntil('it is stored', async () => (await client.send('bob', 'x', 'm1', 2)).t === 'sent');
    const live = town.router.askLive(app, itemFor('moment'));
    await waitUntil('it is held again', () => live.answers.length > 0);
    expect(client.closedWith).toBeNull();
    client.close();
    await gateway.stop();
  });

  it('for longer clients are sent elsewhere, and nobody is let in until it is back', async () => {
    const gateway = await town.start({ natsGraceMs: 300 });
    const client = await login(gateway.url, 'longer');
    await town.nats.server.kill('SIGKILL');
    expect(await client.whenClosed()).toBe(1012);
    await expect(FrameClient.connect(gateway.url)).rejects.toThrow('503');
    await town.nats.server.restart();
    await waitUntil('it serves again', async () => (await fetch(`${gateway.http}/readyz`)).status === 200);
    // Presence has a connection of its own, which may be back a moment later: until then a client is told to try again.
    await waitUntil('presence answers again', () =>
      login(gateway.url, 'longer').then(
        (again) => again.close() ?? true,
        (refused: Error) => {
          if (!refused.message.includes('"code":"unavailable"')) throw refused;
          return false;
        },
      ),
    );
    await gateway.stop();
  });
});

it('a gateway that stops says good-bye, and presence knows of every end', async () => {
  const gateway = await town.start();
  const clients = await Promise.all(['s1', 's2', 's3'].map((user) => login(gateway.url, user)));
  const sessions = clients.map((client) => client.of('welcome')[0]?.sessionId);
  await gateway.stop();
  expect(await Promise.all(clients.map((client) => client.whenClosed()))).toEqual([1012, 1012, 1012]);
  const ended = new Set(town.presence.of('close').map(({ body }) => body['sessionId']));
  expect(sessions.filter((session) => !ended.has(session))).toEqual([]);
});

it('the keys of an app may change while the gateway runs', async () => {
  const gateway = await town.start();
  const { settings } = town.keysOf(app);
  (await login(gateway.url, 'rotated')).close();
  await town.configure({ ...settings, clientKeys: [] });
  await waitUntil('the old key is refused', async () =>
    login(gateway.url, 'rotated').then(
      (client) => client.close() ?? false,
      () => true,
    ),
  );
  await town.configure(settings);
  await waitUntil('it is taken again', async () =>
    login(gateway.url, 'rotated').then(
      (client) => client.close() ?? true,
      () => false,
    ),
  );
  expect(await fetch(`${gateway.http}/readyz`).then(({ status }) => status)).toBe(200);
  await gateway.stop();
});

it('a reader that stopped is away at once, costs little, and reads its good-bye when it goes on', async () => {
  const gateway = await town.start();
  const slow = await login(gateway.url, 'slow');
  slow.socket.pause();
  const item = { ...itemFor('slow'), content: { type: 'text', text: 'x'.repeat(8_192) } } as const;
  const ask = () => town.router.askLive(app, { ...item, messageId: itemFor('slow').messageId });
  let asked = 0;
  await waitUntil('it is away', async () => {
    const lives = Array.from({ length: 100 }, ask);
    asked += lives.length;
    await waitUntil('answers', () => lives.every((live) => live.isNobody() || live.answers.length > 0));
    return lives.at(-1)?.isNobody() ?? false;
  });
  const session = slow.of('welcome')[0]?.sessionId;
  await waitUntil('presence knows', () =>
    town.presence.of('close').some(({ body }) => body['sessionId'] === session),
  );
  expect(town.presence.of('close').find(({ body }) => body['sessionId'] === session)?.body['reason']).toBe(
    'lost',
  );
  expect(asked).toBeLessThanOrEqual(2_200);
  slow.socket.resume();
  expect(await slow.whenClosed()).toBe(closeCode.slowReader);
  await gateway.stop();
});
