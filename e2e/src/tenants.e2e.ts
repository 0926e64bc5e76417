import { runScenario, type Scenario } from './harness/scenario.js';
import { Town } from './harness/town.js';
import { tryForeignAcknowledgement, tryOverHttp } from './tenants/over-http.js';
import { connectPlatform, tryClaimedId, tryOverNats, trySameIds } from './tenants/over-nats.js';
import { Tally } from './tenants/tally.js';
import { Tenant } from './tenants/tenant.js';

// With everything that app A has one can do A's things and nothing of B's, the same ids in both included.
await runScenario('tenants', async (scenario) => {
  const town = await Town.start({ flags: ['--apps', 'demo,other', '--platform-apps', 'chat,shop'] });
  scenario.defer(() => town.stop());
  const tally = new Tally(scenario);

  const a = await Tenant.settle(town, 'demo');
  const b = await Tenant.settle(town, 'other');
  const pairs = [[a, b] as const, [b, a] as const];
  for (const [mine, theirs] of pairs) await tryOverHttp(tally, mine, theirs);
  for (const [mine, theirs] of pairs) await tryForeignAcknowledgement(tally, mine, theirs);
  await trySameClientMessageId(scenario, a, b);
  await trySameVendorToken(scenario, a, b);
  await tryLogout(scenario, a, b);

  const chat = await connectPlatform(town, await Tenant.settle(town, 'chat'));
  const shop = await connectPlatform(town, await Tenant.settle(town, 'shop'));
  scenario.defer(() => Promise.all([chat, shop].map(({ identity }) => identity.nc.close())));
  await tryOverNats(tally, chat, shop);
  await tryOverNats(tally, shop, chat);
  await trySameIds(tally, [chat, shop]);
  await tryClaimedId(tally, chat, shop);
  return `worked ${tally.worked} refused ${tally.refused}`;
});

/** The same id on both sides names two messages, each on its own app's phone. */
async function trySameClientMessageId(scenario: Scenario, a: Tenant, b: Tenant): Promise<void> {
  const [first, second] = await Promise.all(
    [a, b].map((tenant) => tenant.send('same', { clientMessageId: 'same' })),
  );
  scenario.check('the same client message id in both: two messages', first !== second);
  for (const [tenant, other, id] of [
    [a, b, first ?? ''],
    [b, a, second ?? ''],
  ] as const) {
    await tenant.shows(id);
    scenario.equal(`${tenant.app}: its message on the other app's phone`, await other.isShown(id), false);
  }
}

/** Of two apps that name the same vendor token neither takes it from the other: the newest binding wins within an app. */
async function trySameVendorToken(scenario: Scenario, a: Tenant, b: Tenant): Promise<void> {
  const token = a.phone.vendorToken;
  const bound = await b.ask('PUT', '/v1/devices/copied/push', { user: 'copier', vendor: 'apns', token });
  scenario.equal("the other app binds the app's vendor token", bound.status, 200);
  const stateIn = async (tenant: Tenant, user: string, deviceId: string) =>
    (await tenant.user(user)).devices.find((device) => device.deviceId === deviceId)?.alert?.state;
  scenario.equal(
    'each has a binding of its own',
    [await stateIn(a, 'bob', a.deviceId), await stateIn(b, 'copier', 'copied')],
    ['live', 'live'],
  );
  // Apple refuses the token under the other app's topic, which condemns it there and nowhere else.
  const refused = await b.send('to a token of another app', { recipients: ['copier'] });
  scenario.equal('its push is decided', await b.verdict(refused, 'copied'), 'push');
  await a.shows(await a.send('after that'));
  scenario.equal("the app's own binding", await stateIn(a, 'bob', a.deviceId), 'live');
  scenario.equal("the other's message on the app's phone", await a.isShown(refused), false);
}

/** Logging bob out of the one app leaves him in the other. */
async function tryLogout(scenario: Scenario, a: Tenant, b: Tenant): Promise<void> {
  await a.ask('DELETE', `/v1/devices/${a.deviceId}/binding`, { user: 'bob' });
  const device = (await b.user('bob')).devices.find(({ deviceId }) => deviceId === b.deviceId);
  scenario.equal("a logout in one app leaves the other app's device bound", device?.isBound, true);
}
