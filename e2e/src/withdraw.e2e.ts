import { randomUUID } from 'node:crypto';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { subjects } from '@reveille/contracts/subjects';
import { publishAs } from './harness/nats-identity.js';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { entriesOf, outcomesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

/** Vendors that take a notification back, and one that does not. */
const able: readonly VendorName[] = ['xiaomi', 'huawei', 'harmony'];
const unable: VendorName = 'apns';
const byText = (one: string, other: string) => one.localeCompare(other);

// A revoked message goes from the lock screens where the vendor has a way, stays where there is none, and is never shown by a
// push that still waited.
await runScenario('withdraw', async (scenario) => {
  const town = await Town.start();
  scenario.defer(() => town.stop());
  await revokedAfterThePush(scenario, town);
  const neverShown = await revokedWhileAJobWaits(scenario, town);
  await revokedBehindAThrottle(scenario, town);
  scenario.equal(
    'what never went out is not taken back',
    await entriesOf(town, neverShown, 'push-withdrawn'),
    [],
  );
  const audit = await reveille('audit', '--data', town.ready.data, '--ledger', '--json');
  const report = JSON.parse(audit.stdout) as { ledger: { mismatches: number } | null };
  scenario.equal('audit: everything adds up', [audit.code, report.ledger?.mismatches], [0, 0]);
});

async function revokedAfterThePush(scenario: Scenario, town: Town): Promise<void> {
  const phones = new Map<VendorName, string>();
  for (const vendor of [...able, unable]) phones.set(vendor, (await town.phoneOf('bob', vendor)).phoneId);
  const { messageId } = await town.send({ sender: 'ana', recipients: ['bob'], text: 'to be revoked' });
  const kept = await town.send({ sender: 'ana', recipients: ['bob'], text: 'to be kept' });
  for (const [vendor, phoneId] of phones)
    await until(`${vendor} shows both`, async () => (await bodiesOn(town, phoneId)).length === 2);
  await revoke(town, messageId);
  for (const vendor of able) {
    const phoneId = phones.get(vendor) ?? '';
    await until(`${vendor}: gone`, async () => (await bodiesOn(town, phoneId)).length === 1);
    scenario.equal(`${vendor}: what is left`, await bodiesOn(town, phoneId), ['to be kept']);
  }
  const withdrawn = await withdrawals(town, messageId, able.length);
  scenario.equal('one accepted withdrawal per vendor that can', withdrawn.toSorted(byText), [
    'harmony accepted',
    'huawei accepted',
    'xiaomi accepted',
  ]);
  const stays = await bodiesOn(town, phones.get(unable) ?? '');
  scenario.check(`${unable}: stays`, stays.includes('to be revoked'), stays.join(', '));
  for (const flags of [[], ['--from-log']]) {
    const { stdout } = await reveille('trace', messageId, '--data', town.ready.data, ...flags);
    const how = flags.join('') || 'from the view';
    scenario.check(`trace ${how}: who revoked it`, /revoked +ana/.test(stdout), stdout);
    scenario.check(
      `trace ${how}: taken back`,
      /xiaomi withdrawal +bob\/bob-xiaomi +accepted/.test(stdout),
      stdout,
    );
    const why = /not taken back +bob\/bob-apns +apns has no way to take a push back/;
    scenario.check(`trace ${how}: why the iPhone keeps it`, why.test(stdout), stdout);
  }
  scenario.equal(
    'the other message is left alone',
    await entriesOf(town, kept.messageId, 'push-withdrawn'),
    [],
  );
}

/** The vendor is out; by the time that the push is tried again it does not stand any more. */
async function revokedWhileAJobWaits(scenario: Scenario, town: Town): Promise<string> {
  const phone = await town.phoneOf('cleo', 'huawei');
  await town.sandbox.fault({
    vendor: 'huawei',
    token: phone.token,
    kind: 'answer',
    status: 503,
    retryAfterSeconds: 4,
    count: 1,
  });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['cleo'], text: 'never' });
  await outcomesOf(town, messageId);
  await revoke(town, messageId);
  const closed = await until('the push is closed', async () => {
    const [entry] = await entriesOf(town, messageId, 'push-closed');
    return entry?.data.targets[0]?.reason ?? null;
  });
  scenario.equal('a waiting push is closed', closed, 'revoked');
  scenario.equal('it was never shown', await bodiesOn(town, phone.phoneId), []);
  return messageId;
}

/** The withdrawal itself has to wait. */
async function revokedBehindAThrottle(scenario: Scenario, town: Town): Promise<void> {
  const phone = await town.phoneOf('dan', 'xiaomi');
  const { messageId } = await town.send({ sender: 'ana', recipients: ['dan'], text: 'late' });
  await until('it is shown', async () => (await bodiesOn(town, phone.phoneId)).length === 1);
  await town.sandbox.fault({
    vendor: 'xiaomi',
    token: phone.token,
    kind: 'answer',
    reason: '200002',
    count: 1,
  });
  await revoke(town, messageId);
  await until('it goes', async () => (await bodiesOn(town, phone.phoneId)).length === 0);
  const said = await withdrawals(town, messageId, 2);
  scenario.equal('throttled, then accepted', said, ['xiaomi deferred(throttled)', 'xiaomi accepted']);
}

async function bodiesOn(town: Town, phoneId: string): Promise<(string | null)[]> {
  return (await town.sandbox.lockScreen(phoneId)).map(({ body }) => body);
}

/** What became of the withdrawals of a message, in order, once there are so many. */
function withdrawals(town: Town, messageId: string, count: number): Promise<string[]> {
  return until(`${count} withdrawals`, async () => {
    const entries = await entriesOf(town, messageId, 'push-withdrawn');
    const said = entries.flatMap(({ data: { vendor, outcomes } }) =>
      outcomes.map(({ outcome }) =>
        outcome.kind === 'deferred' ? `${vendor} deferred(${outcome.reason})` : `${vendor} ${outcome.kind}`,
      ),
    );
    return said.length >= count ? said : null;
  });
}

function revoke(town: Town, messageId: string): Promise<void> {
  const subject = subjects.messageIn(town.app, 'any conversation', 'revoked');
  const id = `${town.app}:${randomUUID()}`;
  return publishAs(town, 'gateway', subject, id, { messageId, revokedBy: 'ana' });
}
