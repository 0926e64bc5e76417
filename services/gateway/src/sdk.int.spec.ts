import { waitUntil } from '@reveille/bus/testing/wait-until';
import { RefusedError, UnavailableError } from '@reveille/contracts/errors';
import {
  ZIMConnectionEvent,
  ZIMConnectionState,
  ZIMConversationType,
  type ZIMMessage,
  ZIMMessageSentStatus,
  ZIMMessageType,
} from '@reveille/sdk/messages';
import { MemoryStorage } from '@reveille/sdk/storage';
import { ZIM } from '@reveille/sdk/zim';
import { ZPNs, type ZPNsRegisterMessage } from '@reveille/sdk/zpns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type GatewayTown, type RunningGateway, startGatewayTown } from './testing/gateway-town.js';
import { itemFor } from './testing/stand-in-owners.js';

const app = 'chat';
let town: GatewayTown;
let gateway: RunningGateway;
let lastUser = 0;
const clients: Person[] = [];

beforeAll(async () => {
  town = await startGatewayTown({ [app]: { messagesPerSecond: 50 } });
  gateway = await town.start();
});
afterEach(() => {
  for (const { zim } of clients.splice(0)) zim.destroy();
});
afterAll(() => town.stop());

interface Person {
  readonly user: string;
  readonly zim: ZIM;
  readonly storage: MemoryStorage;
  readonly got: ZIMMessage[];
  readonly states: string[];
  login(): Promise<void>;
  say(to: string, message: string): Promise<ZIMMessage>;
}

function person({
  user = `sdk-${++lastUser}`,
  storage = new MemoryStorage(),
  platform = 'iphone',
} = {}): Person {
  const zim = new ZIM({ appID: app, url: gateway.url, storage, platform });
  const got: ZIMMessage[] = [];
  const states: string[] = [];
  zim.on('peerMessageReceived', ({ messageList }) => void got.push(...messageList));
  zim.on('connectionStateChanged', ({ state, event }) => {
    states.push(`${ZIMConnectionState[state]}/${ZIMConnectionEvent[event]}`);
  });
  const made = {
    user,
    zim,
    storage,
    got,
    states,
    login: async () => zim.login(user, { token: await town.keysOf(app).token(user) }),
    say: async (to: string, message: string) => {
      const sent = await zim.sendMessage(
        { type: ZIMMessageType.Text, message },
        to,
        ZIMConversationType.Peer,
      );
      return sent.message;
    },
  };
  clients.push(made);
  return made;
}
const textsOf = (messages: readonly ZIMMessage[]) => messages.map(({ message }) => message);
const storedBy = async (user: string) =>
  (await town.router.messages(app)).filter(({ data }) => data.sender === user).map(({ data }) => data);

describe('a client', () => {
  it('logs in, sends, gets live messages once and acknowledges each time', async () => {
    const [ana, bob] = [person(), person()];
    await Promise.all([ana.login(), bob.login()]);
    const message = await ana.say(bob.user, 'hello');
    expect(await storedBy(ana.user)).toMatchObject([
      {
        messageId: message.messageID,
        senderDeviceId: ana.zim.device.deviceId,
        clientMessageId: message.localMessageID,
      },
    ]);
    const item = itemFor(bob.user, 'live');
    for (const round of [1, 2]) {
      const live = town.router.askLive(app, item);
      await waitUntil(`acknowledged, round ${round}`, () => live.answers.length === 2);
    }
    // His inbox may have held the first one when he came.
    expect(textsOf(bob.got).filter((text) => text !== 'hello')).toEqual(['live']);
    expect(ana.states).toEqual(['Connecting/ActiveLogin', 'Connected/Success']);
  });

  it('fetches what it missed, page by page, in order, and acknowledges it', async () => {
    const [ana, bob] = [person(), person()];
    await ana.login();
    const texts = Array.from({ length: 120 }, (_, index) => `missed ${index}`);
    await Promise.all(texts.map((text) => ana.say(bob.user, text)));
    await bob.login();
    await waitUntil('all are there', () => bob.got.length === texts.length);
    expect(textsOf(bob.got)).toEqual(texts);
    const acknowledged = () =>
      town.router.acknowledged
        .filter(({ user }) => user === bob.user)
        .flatMap(({ messageIds }) => messageIds);
    await waitUntil('all are acknowledged', () => acknowledged().length === texts.length);
  });

  it('that restarts goes on where it was: nothing twice, nothing missed', async () => {
    const [ana, bob] = [person(), person()];
    await ana.login();
    await ana.say(bob.user, 'missed');
    await bob.login();
    await waitUntil('it is there', () => bob.got.length === 1);
    const [stored] = await town.router.inboxOf(app, bob.user);
    bob.zim.destroy();
    await ana.say(bob.user, 'while away');
    const again = person({ user: bob.user, storage: bob.storage });
    await again.login();
    await waitUntil('the rest is there', () => again.got.length === 1);
    expect(textsOf(again.got)).toEqual(['while away']);
    // What was handed over before the restart is acknowledged again, and not handed over again.
    if (stored === undefined) throw new Error('the first one is not in the inbox');
    const live = town.router.askLive(app, stored);
    await waitUntil('acknowledged', () => live.answers.length === 2);
    expect(textsOf(again.got)).toEqual(['while away']);
  });

  it('tells of every message that it is on its way, and that it was stored', async () => {
    const ana = person();
    await ana.login();
    const told: string[] = [];
    ana.zim.on('messageSentStatusChanged', ({ infos }) => {
      for (const { status, message } of infos)
        told.push(`${ZIMMessageSentStatus[status]} ${message.localMessageID} ${message.messageID}`);
    });
    const { message } = await ana.zim.sendMessage(
      { type: ZIMMessageType.Text, message: 'hi' },
      'bob',
      ZIMConversationType.Peer,
      {},
      {
        onMessageAttached: ({ sentStatus, localMessageID, messageID }) =>
          void told.push(`${ZIMMessageSentStatus[sentStatus]} ${localMessageID} ${messageID}`),
      },
    );
    const { localMessageID, messageID } = message;
    expect(told).toEqual([`Sending ${localMessageID} `, `Success ${localMessageID} ${messageID}`]);
    expect(message).toMatchObject({ sentStatus: ZIMMessageSentStatus.Success, conversationID: 'bob' });
  });

  it('says in the words of the model why a login failed', async () => {
    const eve = person();
    await expect(eve.zim.login(eve.user, { token: 'x' })).rejects.toMatchObject({ code: 'token-invalid' });
    town.presence.answer('open', () => {
      throw new RefusedError('device-bound-to-another-user', 'log out first');
    });
    await expect(eve.login()).rejects.toMatchObject({ code: 'device-bound-to-another-user' });
    // A fault that time cures is tried again until it is cured.
    let failures = 0;
    town.presence.answer('open', () => {
      failures += 1;
      if (failures < 3) throw new UnavailableError('soon');
      return { replaced: [], pushId: null };
    });
    await eve.login();
    expect([failures, eve.zim.connectionState]).toEqual([3, ZIMConnectionState.Connected]);
  });

  it('that is logged in keeps out another user, and takes another token of the same one', async () => {
    const ana = person();
    await ana.login();
    await expect(ana.zim.login('somebody', { token: 't' })).rejects.toMatchObject({
      code: 'already-logged-in',
    });
    await ana.login();
    expect(ana.states).toEqual(['Connecting/ActiveLogin', 'Connected/Success']);
  });

  it('that is kicked stays away until the app logs in again', async () => {
    const storage = new MemoryStorage();
    const first = person({ storage });
    await first.login();
    const opened = town.presence.of('open').findLast(({ body }) => body['user'] === first.user)?.body;
    const replaced = { sessionId: opened?.['sessionId'], gatewayId: opened?.['gatewayId'] };
    town.presence.answer('open', () => ({ replaced: [replaced], pushId: null }));
    await person({ user: first.user, storage }).login();
    town.presence.answer('open', () => ({ replaced: [], pushId: null }));
    await waitUntil('it is kicked', () => first.states.at(-1) === 'Disconnected/KickedOut');
    await first.login();
    expect(first.zim.connectionState).toBe(ZIMConnectionState.Connected);
  });
});

describe('logout', () => {
  it('unbinds, and nothing goes out any more', async () => {
    const ana = person();
    await ana.login();
    await ana.zim.logout();
    expect(town.presence.of('unbind-user').at(-1)?.body).toMatchObject({ user: ana.user, proof: 'session' });
    expect(ana.states.at(-1)).toBe('Disconnected/Success');
    await expect(ana.say('bob', 'x')).rejects.toMatchObject({ code: 'not-logged-in' });
  });

  it('that was made offline is told before the next user logs in on the device', async () => {
    const storage = new MemoryStorage();
    const ana = person({ storage });
    await ana.login();
    ana.zim.device.secret = 'device-secret';
    const { deviceId } = ana.zim.device;
    const port = gateway.port;
    await gateway.stop();
    await ana.zim.logout();
    expect(ana.zim.device.tombstone).toBe(ana.user);
    gateway = await town.start({ httpPort: port });
    const bob = person({ storage });
    await bob.login();
    expect(town.presence.of('unbind-user').at(-1)?.body).toEqual({
      deviceId,
      user: ana.user,
      deviceSecret: 'device-secret',
      proof: 'device-secret',
    });
    expect([bob.zim.device.deviceId, bob.zim.device.tombstone]).toEqual([deviceId, null]);
  });

  it('that is refused is told at the next login', async () => {
    const storage = new MemoryStorage();
    const ana = person({ storage });
    await ana.login();
    ana.zim.device.secret = 'device-secret';
    const opened = town.presence.of('open').findLast(({ body }) => body['user'] === ana.user)?.body;
    const replaced = { sessionId: opened?.['sessionId'], gatewayId: opened?.['gatewayId'] };
    town.presence.answer('open', () => ({ replaced: [replaced], pushId: null }));
    await person().login();
    town.presence.answer('open', () => ({ replaced: [], pushId: null }));
    await waitUntil('she is kicked', () => ana.states.at(-1) === 'Disconnected/KickedOut');
    ana.zim.renewToken('of-yesterday');
    await expect(ana.zim.logout()).rejects.toMatchObject({ code: 'token-invalid' });
    expect([ana.zim.userID, ana.zim.device.tombstone]).toEqual([null, ana.user]);
    await ana.login();
    expect(town.presence.of('unbind-user').at(-1)?.body).toMatchObject({
      user: ana.user,
      deviceSecret: 'device-secret',
    });
    expect(ana.zim.device.tombstone).toBe(null);
  });

  it('that cannot be proved leaves the device behind', async () => {
    const storage = new MemoryStorage();
    const ana = person({ storage });
    const { deviceId } = ana.zim.device;
    ana.zim.device.tombstone = 'ghost';
    await ana.login();
    expect(ana.zim.device.deviceId).not.toBe(deviceId);
  });
});

describe('a gateway that restarts', () => {
  it('is found again, and what was written meanwhile goes out once, in order', async () => {
    const [ana, bob] = [person(), person()];
    await ana.login();
    await ana.say(bob.user, '0');
    const port = gateway.port;
    await gateway.stop();
    await waitUntil('it notices', () => ana.zim.connectionState === ZIMConnectionState.Reconnecting);
    const sent = Promise.all(['1', '2', '3'].map((text) => ana.say(bob.user, text)));
    gateway = await town.start({ httpPort: port });
    await sent;
    const texts = (await storedBy(ana.user)).map(({ content }) => ('text' in content ? content.text : ''));
    expect(texts).toEqual(['0', '1', '2', '3']);
    expect(ana.states.slice(-2)).toEqual(['Reconnecting/Interrupted', 'Connected/Success']);
  });

  it('an app that restarts sends what its predecessor did not, with the same ids', async () => {
    const first = person();
    await first.login();
    const port = gateway.port;
    await gateway.stop();
    await waitUntil('it notices', () => first.zim.connectionState === ZIMConnectionState.Reconnecting);
    const left = (async () =>
      expect(first.say('bob', 'kept')).rejects.toMatchObject({ code: 'not-connected' }))();
    first.zim.destroy();
    await left;
    gateway = await town.start({ httpPort: port });
    const second = person({ user: first.user, storage: first.storage });
    await second.login();
    await waitUntil('it is stored', async () => (await storedBy(first.user)).length === 1);
  });
});

describe('push', () => {
  const registering = () => {
    const told: ZPNsRegisterMessage[] = [];
    const zpns = new ZPNs();
    zpns.setEventHandler({ onRegistered: (message) => void told.push(message) });
    return { zpns, told };
  };

  it('is registered with the token of the vendor, and its secret is kept and proved', async () => {
    const ana = person();
    await ana.login();
    const { zpns, told } = registering();
    let refresh = (): void => undefined;
    let token = 'first-token';
    zpns.setTokenSource({
      vendor: 'apns',
      get: async () => ({ token }),
      onRefresh: (refreshed) => {
        refresh = refreshed;
      },
    });
    const { pushID } = await zpns.registerPush({}, ana.zim);
    expect(told).toMatchObject([{ pushID, errorCode: 0 }]);
    expect(ana.zim.device.secret).toBe('secret');
    token = 'second-token';
    refresh();
    await waitUntil(
      'it is told',
      () => town.presence.of('register-push').at(-1)?.body['token'] === 'second-token',
    );
    expect(town.presence.of('register-push').at(-1)?.body).toMatchObject({
      user: ana.user,
      deviceSecret: 'secret',
      bindUser: false,
    });
    await zpns.unregisterPush();
    expect(town.presence.of('unregister-push').at(-1)?.body).toEqual({
      deviceId: ana.zim.device.deviceId,
      deviceSecret: 'secret',
      byServer: false,
    });
  });

  it('whose new token cannot be told is told again until it is', async () => {
    const ana = person();
    await ana.login();
    const { zpns, told } = registering();
    let refresh = (): void => undefined;
    zpns.setTokenSource({
      vendor: 'fcm',
      get: async () => ({ token: 'rotated' }),
      onRefresh: (refreshed) => {
        refresh = refreshed;
      },
    });
    await zpns.registerPush({}, ana.zim);
    let failures = 0;
    town.presence.answer('register-push', () => {
      failures += 1;
      if (failures === 1) throw new UnavailableError('soon');
      return { pushId: 'p'.repeat(22), deviceSecret: null, tokenRef: 't'.repeat(22) };
    });
    refresh();
    await waitUntil('it is told', () => told.length === 3);
    expect(told.map(({ errorCode }) => errorCode)).toEqual([0, 6_000_404, 0]);
    expect(ana.zim.device.secret).toBe('secret');
  });
});
