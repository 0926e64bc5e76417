import type { Tally } from './tally.js';
import type { Tenant } from './tenant.js';

/** What the keys, tokens and ids of one app open over HTTP and WebSocket: its own things, and nothing of the other app's. */
export async function tryOverHttp(tally: Tally, mine: Tenant, theirs: Tenant): Promise<void> {
  await tryOwn(tally, mine);
  await tryForeignKeys(tally, mine, theirs);
  await tryForeignDevices(tally, mine, theirs);
  await tryForeignInbox(tally, mine, theirs);
}

async function tryOwn(tally: Tally, mine: Tenant): Promise<void> {
  const { app, clientToken, messageId, deviceId, deviceSecret } = mine;
  const text = { recipients: ['bob'], content: { type: 'text', text: 'hi' } };
  await tally.works(`${app}: its server sends`, () => mine.send('hi'));
  await tally.works(`${app}: its client sends`, () => mine.ask('POST', '/v1/messages', text, clientToken));
  await tally.works(`${app}: its timeline`, () => mine.ask('GET', `/v1/messages/${messageId}/timeline`));
  await tally.works(`${app}: its user`, () => mine.ask('GET', `/v1/users/only-${app}`));
  await tally.works(`${app}: its inbox`, () => mine.ask('GET', '/v1/inbox', undefined, clientToken));
  await tally.works(`${app}: a login`, async () => (await mine.login(`live-${app}`)).close());
  const again = { vendor: 'apns', token: mine.phone.vendorToken, deviceSecret };
  await tally.works(`${app}: its device, with its secret`, () =>
    mine.ask('PUT', `/v1/devices/${deviceId}/push`, again, clientToken),
  );
}

async function tryForeignKeys(tally: Tally, mine: Tenant, theirs: Tenant): Promise<void> {
  const { app, town } = mine;
  const forged = await town.clientToken('bob', { app, audience: theirs.app });
  await tally.refuses(`${app}: a token for the other app, signed with its own key`, '401 token-invalid', () =>
    mine.ask('GET', '/v1/inbox', undefined, forged),
  );
  tally.no(
    `${app}: … logs in with it`,
    'token-invalid',
    await mine.login(`evil-${app}`, { token: forged }).then(
      () => 'logged in',
      (error: Error) => error.message.split(':')[0] ?? '',
    ),
  );
  const renamed = mine.serverKey.replace(`rk_${app}_`, `rk_${theirs.app}_`);
  await tally.refuses(`${app}: its server key under the other app's name`, '401 token-invalid', () =>
    mine.ask('GET', '/v1/users/bob', undefined, renamed),
  );
  await tally.refuses(`${app}: the timeline of the other's message`, '404 message-unknown', () =>
    mine.ask('GET', `/v1/messages/${theirs.messageId}/timeline`),
  );
}

async function tryForeignDevices(tally: Tally, mine: Tenant, theirs: Tenant): Promise<void> {
  const { app, clientToken, deviceSecret } = mine;
  const [device, user] = [`only-${theirs.app}`, `only-${theirs.app}`];
  const before = await theirs.user(user);
  await tally.isWithoutEffect(`${app}: GET of the other's user`, () => mine.user(user), {
    user,
    devices: [],
  });
  await tally.refuses(
    `${app}: its device secret switches push off on the other's device`,
    '404 push-not-registered',
    () => mine.ask('DELETE', `/v1/devices/${device}/push`, { deviceSecret }, clientToken),
  );
  await tally.refuses(`${app}: its server key switches it off`, '404 push-not-registered', () =>
    mine.ask('DELETE', `/v1/devices/${device}/push`, {}),
  );
  await tally.refuses(
    `${app}: the other's device secret at its own device of that name`,
    '403 device-secret-wrong',
    () =>
      mine.ask(
        'DELETE',
        `/v1/devices/${mine.deviceId}/push`,
        { deviceSecret: theirs.deviceSecret },
        clientToken,
      ),
  );
  // A logout says yes to whom it has nothing to do with, and a device id is the app's own: what matters is the other app.
  await mine.ask('DELETE', `/v1/devices/${device}/binding`, { user });
  await tally.isWithoutEffect(`${app}: a logout of the other's device`, () => theirs.user(user), before);
  const token = await mine.town.sandbox.token((await mine.town.sandbox.addPhone('apns', app)).phoneId);
  await tally.works(`${app}: a device of its own under the other's device id`, () =>
    mine.ask('PUT', `/v1/devices/${device}/push`, { user, vendor: 'apns', token }),
  );
  await tally.isWithoutEffect(`${app}: … the other's device`, () => theirs.user(user), before);
  await mine.ask('DELETE', `/v1/devices/${device}/push`, {});
  await mine.ask('DELETE', `/v1/devices/${device}/binding`, { user });
  await tally.isWithoutEffect(
    `${app}: … after that one is switched off and logged out`,
    () => theirs.user(user),
    before,
  );
}

async function tryForeignInbox(tally: Tally, mine: Tenant, theirs: Tenant): Promise<void> {
  const idsOf = (body: unknown): string[] =>
    (body as { items: { messageId: string }[] }).items.map(({ messageId }) => messageId);
  const cursorAt = async (tenant: Tenant): Promise<string> =>
    ((await tenant.ask('GET', '/v1/inbox?user=bob&limit=1')).body as { cursor: string }).cursor;
  const cursor = encodeURIComponent(await cursorAt(theirs));
  const foreign = new Set(idsOf((await theirs.ask('GET', '/v1/inbox?user=bob&limit=200')).body));
  await tally.isWithoutEffect(
    `${mine.app}: an inbox page at the other's cursor holds`,
    async () =>
      idsOf((await mine.ask('GET', `/v1/inbox?user=bob&limit=200&cursor=${cursor}`)).body).filter((id) =>
        foreign.has(id),
      ),
    [],
  );
  await tally.isWithoutEffect(
    `${mine.app}: the inbox of a user whom only the other has`,
    async () => idsOf((await mine.ask('GET', `/v1/inbox?user=only-${theirs.app}`)).body),
    [],
  );
}

/**
 * The other app's user is connected and silent while ours, with the same name on a device of the same name, acknowledges the
 * other's message by its id.
 */
export async function tryForeignAcknowledgement(tally: Tally, mine: Tenant, theirs: Tenant): Promise<void> {
  const silent = await theirs.login(theirs.deviceId, { acknowledges: false });
  const ours = await mine.login(mine.deviceId);
  const text = `to the silent one of ${theirs.app}`;
  const asked = silent.next(
    (frame) => frame.t === 'deliver' && JSON.stringify(frame.message.content).includes(text),
  );
  const messageId = await theirs.send(text);
  await asked;
  ours.acknowledge([messageId]);
  // Its answer comes after the acknowledgement was taken.
  await ours.ask('pong', { t: 'ping' });
  await tally.isWithoutEffect(
    `${mine.app}: acknowledges the other's message`,
    async () => [
      await theirs.verdict(messageId, theirs.deviceId),
      (await theirs.story(messageId, 'delivery-late-acknowledged')).length,
    ],
    ['push', 0],
  );
  await tally.isWithoutEffect(
    `${mine.app}: its connection hears the other's message`,
    async () => ours.delivered.filter((message) => message.messageId === messageId).length,
    0,
  );
  silent.close();
  ours.close();
}
