import { runScenario, until } from './harness/scenario.js';
import { outcomesOf, verdictOf } from './harness/story.js';
import { Town } from './harness/town.js';

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

  for (const isSameToken of [true, false]) {
    const name = isSameToken ? 'the same token, registered again' : 'a new token';
    const user = isSameToken ? 'again-same' : 'again-new';
    const phone = await town.phoneOf(user, 'apns');
    await town.sandbox.uninstall(phone.phoneId);
    // The vendor's word is formed at once and arrives late: meanwhile the app registers.
    await town.sandbox.fault({ vendor: 'apns', token: phone.token, kind: 'slow', ms: 2_500, count: 1 });
    const first = await town.send({ sender: 'ana', recipients: [user] });
    await until(
      `${name}: the vendor has the request`,
      async () => (await town.sandbox.ledger({ token: phone.token })).length > 0,
    );
    const token = isSameToken ? phone.token : await town.sandbox.token(phone.phoneId);
    await town.register(phone.deviceId, { user, vendor: 'apns', token, platform: 'iphone' });
    const [refused] = await outcomesOf(town, first.messageId);
    scenario.equal(
      `${name}: the late word arrives`,
      [refused?.kind, refused?.reason],
      ['rejected', 'token-unregistered'],
    );

    const second = await town.send({ sender: 'ana', recipients: [user] });
    scenario.equal(`${name}: it survives`, (await alertOf(town, user))?.state, 'live');
    scenario.equal(`${name}: the next message is pushed`, await verdictOf(town, second.messageId), 'push');
    if (isSameToken) continue;
    await until(`${name}: the phone shows it`, async () =>
      (await town.sandbox.lockScreen(phone.phoneId)).some(({ collapse }) => collapse === second.messageId),
    );
    scenario.check(`${name}: shown`, true);
  }
});

async function alertOf(town: Town, user: string): Promise<{ state: string } | null> {
  const { devices } = await town.http<{ devices: { alert: { state: string } | null }[] }>(
    'GET',
    `/v1/users/${user}`,
  );
  return devices[0]?.alert ?? null;
}
