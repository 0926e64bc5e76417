import { runScenario, type Scenario, until } from './harness/scenario.js';
import { outcomesOf, verdictOf } from './harness/story.js';
import { Town } from './harness/town.js';
import { verdictsWeighed } from './harness/verdicts-weighed.js';

// A vendor's word that a token is gone counts against that token, if it was bound before the vendor's word, and against
// nothing else.
await runScenario('dead-token', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());

  for (const vendor of ['apns', 'fcm'] as const) {
    const user = `dead-${vendor}`;
    const phone = await town.phoneOf(user, vendor);
    await town.sandbox.uninstall(phone.phoneId);
    const first = await town.send({ sender: 'ana', recipients: [user] });
    const [refused] = await outcomesOf(town, first.messageId);
    scenario.equal(
      `${vendor}: the vendor says that the token is gone`,
      [refused?.kind, refused?.reason],
      ['rejected', 'token-unregistered'],
    );
    await until(`${vendor}: the token is dead`, async () => (await alertOf(town, user))?.state === 'dead');

    const before = (await town.sandbox.ledger({ token: phone.token })).length;
    const second = await town.send({ sender: 'ana', recipients: [user] });
    scenario.equal(
      `${vendor}: the next message is withheld`,
      await verdictOf(town, second.messageId),
      'withheld(token-dead)',
    );
    scenario.equal(
      `${vendor}: requests for it`,
      (await town.sandbox.ledger({ token: phone.token })).length - before,
      0,
    );
  }

  for (const vendor of ['apns', 'fcm'] as const) {
    await registeredAgain(scenario, town, vendor, 'the same token');
    await registeredAgain(scenario, town, vendor, 'a new token');
  }
});

/** The vendor's word is formed at once and arrives late: meanwhile the app registers. */
async function registeredAgain(
  scenario: Scenario,
  town: Town,
  vendor: 'apns' | 'fcm',
  which: 'the same token' | 'a new token',
): Promise<void> {
  const name = `${vendor}: ${which}, registered again`;
  const user = `again-${vendor}-${which.replaceAll(' ', '-')}`;
  const platform = vendor === 'apns' ? 'iphone' : 'android';
  const phone = await town.phoneOf(user, vendor);
  await town.sandbox.uninstall(phone.phoneId);
  await town.sandbox.fault({ vendor, token: phone.token, kind: 'slow', ms: 2_500, count: 1 });
  const first = await town.send({ sender: 'ana', recipients: [user] });
  await until(
    `${name}: the vendor has the request`,
    async () => (await town.sandbox.ledger({ token: phone.token })).length > 0,
  );
  const token = which === 'the same token' ? phone.token : await town.sandbox.token(phone.phoneId);
  await town.register(phone.deviceId, { user, vendor, token, platform });
  const [refused] = await outcomesOf(town, first.messageId);
  scenario.equal(
    `${name}: the late word arrives`,
    [refused?.kind, refused?.reason],
    ['rejected', 'token-unregistered'],
  );
  await verdictsWeighed(town);
  scenario.equal(`${name}: it survives`, (await alertOf(town, user))?.state, 'live');

  const second = await town.send({ sender: 'ana', recipients: [user] });
  scenario.equal(`${name}: the next message is pushed`, await verdictOf(town, second.messageId), 'push');
  if (which === 'a new token') {
    await until(`${name}: the phone shows it`, async () =>
      (await town.sandbox.lockScreen(phone.phoneId)).some(({ collapse }) => collapse === second.messageId),
    );
    return scenario.check(`${name}: shown`, true);
  }
  await outcomesOf(town, second.messageId);
  await verdictsWeighed(town);
  // Apple says since when the token is gone, and that was before; Google's second word is about the token as it is now.
  scenario.equal(
    `${name}: the vendor's next word about it`,
    (await alertOf(town, user))?.state,
    vendor === 'apns' ? 'live' : 'dead',
  );
}

async function alertOf(town: Town, user: string): Promise<{ state: string } | null> {
  const { devices } = await town.http<{ devices: { alert: { state: string } | null }[] }>(
    'GET',
    `/v1/users/${user}`,
  );
  return devices[0]?.alert ?? null;
}
