import { buildPlatform, ForeignPlatform } from './harness/foreign-platform.js';
import { runScenario, until } from './harness/scenario.js';
import { entriesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

// Two IM platforms with front doors of their own, written in Go from the AsyncAPI document, that import nothing of ours.
await runScenario('foreign', async (scenario) => {
  const built = buildPlatform();
  if ('lacking' in built) return scenario.skip(built.lacking);
  const town = await Town.start({ flags: ['--platform-apps', 'chat,shop'] });
  scenario.defer(() => town.stop());
  const connect = async (app: string): Promise<ForeignPlatform> => {
    const platform = await ForeignPlatform.connect(built.binary, {
      url: town.ready.urls.nats,
      app,
      seedFile: town.keysOf(app).platformSeedFile ?? '',
    });
    scenario.defer(() => platform.end());
    return platform;
  };
  const chat = await connect('chat');
  const shop = await connect('shop');

  const phoneOf = async (
    app: string,
    user: string,
  ): Promise<{ phoneId: string; token: string; deviceId: string }> => {
    const { phoneId } = await town.sandbox.addPhone('apns', app);
    const token = await town.sandbox.token(phoneId);
    await town.http('PUT', `/v1/devices/${user}-phone/push`, {
      bearer: town.serverKeyOf(app),
      body: { user, vendor: 'apns', token },
    });
    return { phoneId, token, deviceId: `${user}-phone` };
  };
  const message = (messageId: string, to: string, text: string) => ({
    messageId,
    sender: 'ana',
    recipients: [to],
    content: { type: 'text', text },
    pushConfig: { title: 'Ana', content: text },
  });
  const shownOn = (phoneId: string, messageId: string) =>
    until(
      `${messageId} is shown`,
      async () =>
        (await town.sandbox.lockScreen(phoneId)).find(({ collapse }) => collapse === messageId) ?? null,
    );
  const storyOf = async (app: string, messageId: string) => {
    const timeline = await town.http<{ entries: { type: string; at: number; data: unknown }[] }>(
      'GET',
      `/v1/messages/${messageId}/timeline`,
      { bearer: town.serverKeyOf(app) },
    );
    return timeline.entries;
  };
  const settled = (app: string, messageId: string) =>
    until(`${messageId} is settled`, async () => {
      const entry = (await storyOf(app, messageId).catch(() => [])).find(
        ({ type }) => type === 'delivery-settled',
      );
      return entry === undefined
        ? null
        : (entry.data as {
            settledAt: number;
            acceptedAt: number;
            recipients: { devices: { verdict: { kind: string; reason?: string } }[] }[];
          });
    });
  const verdict = async (app: string, messageId: string): Promise<string | undefined> => {
    const device = (await settled(app, messageId)).recipients[0]?.devices[0]?.verdict;
    return device?.reason ?? device?.kind;
  };

  const bob = await phoneOf('chat', 'bob');
  const published = await chat.publish(
    'ana-bob',
    'accepted',
    'order-1',
    message('order-1', 'bob', 'Your order is ready'),
  );
  scenario.equal(
    'the platform gets a PubAck',
    [(published['ack'] as { stream?: string }).stream, (published['ack'] as { error?: unknown }).error],
    ['MESSAGES', undefined],
  );
  scenario.equal(
    'its phone shows the text',
    (await shownOn(bob.phoneId, 'order-1')).body,
    'Your order is ready',
  );

  await chat.subscribe();
  await chat.presence('bob', 'online', bob.deviceId);
  const before = (await town.sandbox.ledger({ token: bob.token })).length;
  await chat.publish('ana-bob', 'accepted', 'live-1', message('live-1', 'bob', 'are you there?'));
  scenario.equal('an online user whom it acknowledges', await verdict('chat', 'live-1'), 'acknowledged');
  await chat.presence('bob', 'online-all', bob.deviceId);
  await chat.publish('ana-bob', 'accepted', 'live-2', message('live-2', 'bob', 'and now?'));
  scenario.equal('… acknowledged for all devices', await verdict('chat', 'live-2'), 'acknowledged');
  scenario.equal(
    '… pushes sent to that user meanwhile',
    (await town.sandbox.ledger({ token: bob.token })).length - before,
    0,
  );

  await chat.presence('bob', 'offline');
  const pushedAfter = async (id: string): Promise<number> => {
    await chat.publish('ana-bob', 'accepted', id, message(id, 'bob', 'gone again'));
    await shownOn(bob.phoneId, id);
    const story = await storyOf('chat', id);
    const accepted = story.find(({ type }) => type === 'message-accepted')?.at ?? 0;
    const requests = await town.sandbox.ledger({ token: bob.token });
    const request = requests.find(({ collapse }) => collapse === id);
    return (request?.arrivedAt ?? Number.POSITIVE_INFINITY) - accepted;
  };
  // A machine that is busy with something else may hold up one of them.
  const after = [await pushedAfter('off-1'), await pushedAfter('off-2'), await pushedAfter('off-3')];
  scenario.check(
    'the same user offline is pushed within 1 s',
    Math.min(...after) < 1_000,
    `${after.join(', ')} ms`,
  );

  const cleo = { chat: await phoneOf('chat', 'cleo'), shop: await phoneOf('shop', 'cleo') };
  await chat.presence('cleo', 'offline');
  await chat.publish('k', 'accepted', 'same', message('same', 'cleo', 'from chat'));
  await shop.publish('k', 'accepted', 'same', message('same', 'cleo', 'from shop'));
  scenario.equal(
    'two platforms with the same ids: both delivered',
    [(await shownOn(cleo.chat.phoneId, 'same')).body, (await shownOn(cleo.shop.phoneId, 'same')).body],
    ['from chat', 'from shop'],
  );

  await chat.presence('bob', 'silent');
  const conversation = 'ana-and-bob';
  await chat.publish(conversation, 'accepted', 'taken-back', message('taken-back', 'bob', 'oops'));
  await chat.publish(conversation, 'revoked', 'taken-back:revoke', {
    messageId: 'taken-back',
    revokedBy: 'ana',
  });
  const log = await until('both facts are in the log', async () => {
    const { stdout } = await reveille(
      'trace',
      'taken-back',
      '--app',
      'chat',
      '--from-log',
      '--json',
      '--data',
      town.ready.data,
    );
    const { entries } = JSON.parse(stdout) as { entries: { type: string; subject: string }[] };
    const facts = entries.filter(({ type }) => type.startsWith('message-'));
    return facts.length === 2 ? facts : null;
  });
  const partitions = log.map(({ subject }) => subject.split('.').slice(0, 5).join('.'));
  scenario.equal("its revoke lands in the message's partition", new Set(partitions).size, 1);
  scenario.equal('… and the message that waited is withheld', await verdict('chat', 'taken-back'), 'revoked');

  scenario.check(
    'another app does not see its messages',
    (await entriesOf(town, 'order-1', 'message-accepted')).length === 0,
  );
  scenario.check('the platform was asked live', (await chat.asked('bob')) >= 4);
});
