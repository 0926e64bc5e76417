import { runScenario, until } from './harness/scenario.js';
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
    const refused = await outcomeOf(town, first.messageId);
    scenario.equal(`${vendor}: the vendor says that the token is gone`, [refused.kind, refused.reason], ['rejected', 'token-unregistered']);
    await until(`${vendor}: the token is dead`, async () => (await alertOf(town, user))?.state === 'dead');

    const before = (await town.sandbox.ledger({ token: phone.token })).length;
    const second = await town.send({ sender: 'ana', recipients: [user] });
    scenario.equal(`${vendor}: the next message is withheld`, await verdictOf(town, second.messageId), 'withheld(token-dead)');
    scenario.equal(`${vendor}: requests for it`, (await town.sandbox.ledger({ token: phone.token })).length - before, 0);
  }

  for (const isSameToken of [true, false]) {
    const name = isSameToken ? 'the same token, registered again' : 'a new token';
    const user = isSameToken ? 'again-same' : 'again-new';
    const phone = await town.phoneOf(user, 'apns');
    await town.sandbox.uninstall(phone.phoneId);
    // The vendor's word is formed at once and arrives late: meanwhile the app registers.
    await town.sandbox.fault({ vendor: 'apns', token: phone.token, kind: 'slow', ms: 2_500, count: 1 });
    const first = await town.send({ sender: 'ana', recipients: [user] });
    await until(`${name}: the vendor has the request`, async () => (await town.sandbox.ledger({ token: phone.token })).length > 0);
    const token = isSameToken ? phone.token : await town.sandbox.token(phone.phoneId);
    await town.register(phone.deviceId, { user, vendor: 'apns', token, platform: 'iphone' });
    const refused = await outcomeOf(town, first.messageId);
    scenario.equal(`${name}: the late word arrives`, [refused.kind, refused.reason], ['rejected', 'token-unregistered']);

    const second = await town.send({ sender: 'ana', recipients: [user] });
    scenario.equal(`${name}: it survives`, (await alertOf(town, user))?.state, 'live');
    scenario.equal(`${name}: the next message is pushed`, await verdictOf(town, second.messageId), 'push');
    if (isSameToken) continue;
    await until(`${name}: the phone shows it`, async () => (await town.sandbox.lockScreen(phone.phoneId)).some(({ collapse }) => collapse === second.messageId));
    scenario.check(`${name}: shown`, true);
  }
});

async function outcomeOf(town: Town, messageId: string): Promise<{ kind: string; reason: string | null }> {
  return until(`the vendor's answer for ${messageId}`, async () => {
    const { entries } = await town.timeline(messageId).catch(() => ({ entries: [] }));
    const outcome = entries.flatMap((entry) => (entry.type === 'push-attempted' ? entry.data.outcomes : []))[0]?.outcome;
    return outcome === undefined ? null : { kind: outcome.kind, reason: 'reason' in outcome ? outcome.reason : null };
  });
}

async function verdictOf(town: Town, messageId: string): Promise<string> {
  return until(`the verdict on ${messageId}`, async () => {
    const { entries } = await town.timeline(messageId).catch(() => ({ entries: [] }));
    const verdict = entries.flatMap((entry) => (entry.type === 'delivery-settled' ? entry.data.recipients : []))[0]?.devices[0]?.verdict;
    if (verdict === undefined) return null;
    return verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind;
  });
}

async function alertOf(town: Town, user: string): Promise<{ state: string } | null> {
  const { devices } = await town.http<{ devices: { alert: { state: string } | null }[] }>('GET', `/v1/users/${user}`);
  return devices[0]?.alert ?? null;
}
