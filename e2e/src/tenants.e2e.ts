import { RawClient } from './harness/raw-client.js';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { Town } from './harness/town.js';

interface Tenant {
  readonly app: string;
  readonly serverKey: string;
  readonly token: string;
  readonly messageId: string;
  readonly deviceId: string;
  readonly deviceSecret: string;
  readonly phoneId: string;
}

// With everything that app A has one can do A's things and nothing of B's, the same ids in both included.
await runScenario('tenants', async (scenario) => {
  const town = await Town.start({ flags: ['--apps', 'demo,other'] });
  scenario.defer(() => town.stop());
  let worked = 0;
  let refused = 0;
  const works = async (title: string, action: () => Promise<unknown>): Promise<void> => {
    const error = await action().then(
      () => null,
      (cause: unknown) => cause,
    );
    scenario.check(`works: ${title}`, error === null, String(error));
    if (error === null) worked += 1;
  };
  const isRefused = async (title: string, action: () => Promise<unknown>): Promise<void> => {
    const error = await action().then(
      (value) => `worked: ${JSON.stringify(value)}`,
      (cause: unknown) => cause,
    );
    const isNo =
      error instanceof Error &&
      /\b(4\d\d)\b|forbidden|unknown|invalid|wrong|closed with 44/.test(error.message) &&
      !/ 5\d\d /.test(error.message);
    scenario.check(`refused: ${title}`, isNo, String(error));
    if (isNo) refused += 1;
  };

  const a = await settle(scenario, town, 'demo');
  const b = await settle(scenario, town, 'other');
  const send = (bearer: string, body: object): Promise<{ messageId: string }> =>
    town.http('POST', '/v1/messages', {
      bearer,
      body: {
        recipients: ['bob'],
        content: { type: 'text', text: 'hi' },
        pushConfig: { title: 'T', content: 'hi' },
        ...body,
      },
    });

  for (const [mine, theirs] of [
    [a, b],
    [b, a],
  ] as const) {
    const name = mine.app;
    await works(`${name}: server sends`, () => send(mine.serverKey, { sender: 'ana' }));
    await works(`${name}: client sends`, () => send(mine.token, {}));
    await works(`${name}: own timeline`, () =>
      town.http('GET', `/v1/messages/${mine.messageId}/timeline`, { bearer: mine.serverKey }),
    );
    await works(`${name}: own user`, () => town.http('GET', '/v1/users/bob', { bearer: mine.serverKey }));
    await works(`${name}: own inbox`, () => town.http('GET', '/v1/inbox', { bearer: mine.token }));
    await works(`${name}: login`, async () =>
      (
        await RawClient.login({ url: town.ready.urls.webSocket, deviceId: `live-${name}`, token: mine.token })
      ).close(),
    );

    await isRefused(`${name} reads the other's timeline`, () =>
      town.http('GET', `/v1/messages/${theirs.messageId}/timeline`, { bearer: mine.serverKey }),
    );
    await isRefused(`${name}: a client token for the other app, signed with its own key`, async () =>
      send(await town.clientToken('bob', { app: mine.app, audience: theirs.app }), {}),
    );
    await isRefused(`${name}: … logs in with it`, async () =>
      RawClient.login({
        url: town.ready.urls.webSocket,
        deviceId: `evil-${name}`,
        token: await town.clientToken('bob', { app: mine.app, audience: theirs.app }),
      }),
    );
    await isRefused(`${name}: a key that names the other app`, () =>
      send(mine.serverKey.replace(`rk_${mine.app}_`, `rk_${theirs.app}_`), { sender: 'ana' }),
    );
    await isRefused(`${name}: its device secret at a device that only the other app has`, () =>
      town.http('DELETE', `/v1/devices/only-${theirs.app}/push`, {
        bearer: mine.token,
        body: { deviceSecret: mine.deviceSecret },
      }),
    );
  }

  // The same ids on both sides are two things.
  const [first, second] = await Promise.all([
    send(a.serverKey, { sender: 'ana', clientMessageId: 'same' }),
    send(b.serverKey, { sender: 'ana', clientMessageId: 'same' }),
  ]);
  scenario.check('the same client message id in both: two messages', first.messageId !== second.messageId);
  for (const [tenant, { messageId }] of [
    [a, first],
    [b, second],
  ] as const) {
    await until(`${tenant.app} shows its own`, async () =>
      (await town.sandbox.lockScreen(tenant.phoneId)).some(({ collapse }) => collapse === messageId),
    );
    const other = tenant === a ? b : a;
    const leaked = (await town.sandbox.lockScreen(other.phoneId)).filter(
      ({ collapse }) => collapse === messageId,
    );
    scenario.equal(`${tenant.app}: its message on the other app's phone`, leaked.length, 0);
  }
  // Logging bob out of the one app leaves him in the other.
  await town.http('DELETE', `/v1/devices/${a.deviceId}/binding`, {
    bearer: a.serverKey,
    body: { user: 'bob' },
  });
  const { devices } = await town.http<{ devices: { deviceId: string; isBound: boolean }[] }>(
    'GET',
    '/v1/users/bob',
    { bearer: b.serverKey },
  );
  scenario.equal(
    "a logout in one app leaves the other app's device bound",
    devices.find(({ deviceId }) => deviceId === b.deviceId)?.isBound,
    true,
  );
  return `worked ${worked} refused ${refused}`;
});

/** The same user, device and message names in each app. */
async function settle(scenario: Scenario, town: Town, app: string): Promise<Tenant> {
  const serverKey = town.serverKeyOf(app);
  const { phoneId } = await town.sandbox.addPhone('apns', app);
  const vendorToken = await town.sandbox.token(phoneId);
  const deviceId = 'bob-phone';
  const register = (device: string, token: string): Promise<{ deviceSecret: string | null }> =>
    town.http('PUT', `/v1/devices/${device}/push`, {
      bearer: serverKey,
      body: { user: 'bob', vendor: 'apns', token },
    });
  const { deviceSecret } = await register(deviceId, vendorToken);
  await register(`only-${app}`, await town.sandbox.token((await town.sandbox.addPhone('apns', app)).phoneId));
  scenario.check(`${app}: a first registration gives a device secret`, deviceSecret !== null);
  const { messageId } = await town.http<{ messageId: string }>('POST', '/v1/messages', {
    bearer: serverKey,
    body: {
      sender: 'ana',
      recipients: ['bob'],
      content: { type: 'text', text: app },
      pushConfig: { title: app, content: app },
    },
  });
  await until(`${app}: shown`, async () =>
    (await town.sandbox.lockScreen(phoneId)).some(({ collapse }) => collapse === messageId),
  );
  return {
    app,
    serverKey,
    token: await town.clientToken('bob', { app }),
    messageId,
    deviceId,
    deviceSecret: deviceSecret ?? '',
    phoneId,
  };
}
