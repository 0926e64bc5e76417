import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import { inParallel, type Scenario, until } from '../harness/scenario.js';
import { entriesOf } from '../harness/story.js';
import type { Town } from '../harness/town.js';
import { workAtHand } from '../harness/work-at-hand.js';
import type { Sent } from './message-flow.js';
import type { Clients } from './recipients.js';

type Settled = { readonly sent: Sent; readonly settled: DeliverySettled };

/**
 * What each kind of recipient must have, seen at their phones, in their inboxes and in the verdicts. Gives the messages of which
 * a phone alerted more than once, for the audit to explain.
 */
export async function checkDelivered(
  scenario: Scenario,
  town: Town,
  clients: Clients,
  answered: readonly Sent[],
): Promise<string[]> {
  const of = (kind: Sent['recipient']['kind']) => answered.filter(({ recipient }) => recipient.kind === kind);
  scenario.equal('dead letters', (await workAtHand(town))?.deadLetters, 0);
  const alertedAgain = await checkPhones(scenario, town, 'away', of('offline'));
  const phoned = of('half-open').filter(({ recipient }) => recipient.phone !== null);
  alertedAgain.push(...(await checkPhones(scenario, town, 'half-open', phoned)));
  await checkInboxes(scenario, clients, of('online'));
  checkSilence(scenario, await verdictsOf(town, phoned));
  const requested = new Set(
    (await town.sandbox.ledger()).map(({ token, collapse }) => `${token} ${collapse}`),
  );
  const isRequested = ({ recipient, messageId }: Sent) =>
    requested.has(`${recipient.phone?.token} ${messageId}`);
  checkAcknowledged(scenario, await verdictsOf(town, of('online')), isRequested);
  const afterLogout = of('leaving').filter((sent) => sent.isAfterLogout);
  checkLogouts(scenario, await verdictsOf(town, afterLogout), isRequested);
  return alertedAgain;
}

/** Each message lies on the phone once; one that alerted again is named, since its line would hide it. */
async function checkPhones(
  scenario: Scenario,
  town: Town,
  who: string,
  sent: readonly Sent[],
): Promise<string[]> {
  const byPhone = Map.groupBy(sent, ({ recipient }) => recipient.phone?.phoneId ?? '');
  let wrong = 0;
  const alertedAgain: string[] = [];
  await inParallel([...byPhone], 20, async ([phoneId, messages]) => {
    const shown = await town.sandbox.lockScreen(phoneId);
    const ids = shown.map(({ collapse }) => collapse ?? '').sort();
    const wanted = messages.map(({ messageId }) => messageId).sort();
    if (JSON.stringify(ids) !== JSON.stringify(wanted)) wrong += 1;
    for (const { collapse, shownCount } of shown) if (shownCount > 1) alertedAgain.push(collapse ?? '');
  });
  scenario.note(
    `      ${byPhone.size} phones of people who are ${who}: ${sent.length} messages, ${alertedAgain.length} alerted again`,
  );
  scenario.equal(`phones (${who}) that do not show each message once`, wrong, 0);
  return alertedAgain;
}

async function checkInboxes(scenario: Scenario, clients: Clients, sent: readonly Sent[]): Promise<void> {
  let wrong = 0;
  await inParallel(clients.online, 10, async (client) => {
    const wanted = sent
      .filter(({ recipient }) => recipient.user === client.user)
      .map(({ messageId }) => messageId);
    const got = await client.readInbox();
    if (JSON.stringify(got.sort()) !== JSON.stringify(wanted.sort())) wrong += 1;
  });
  scenario.equal('inboxes (there) that do not hold each message once', wrong, 0);
}

/** Nobody acknowledges through a dead network, and the push waits for the deadline of a session that seems to be there. */
function checkSilence(scenario: Scenario, all: readonly Settled[]): void {
  const verdicts = all.map(({ settled }) => settled.recipients[0]?.devices[0]);
  scenario.equal(
    'messages to half-open recipients that were not pushed',
    verdicts.filter((device) => device?.verdict.kind !== 'push').length,
    0,
  );
  const waited = verdicts.filter((device) => device?.facts?.hasSession === true).length;
  scenario.note(
    `      ${all.length} messages to half-open recipients with a phone, ${waited} waited for a session`,
  );
  scenario.check('most of them waited for a session that said nothing', waited * 2 > all.length, `${waited}`);
}

/** What its client acknowledged in time never went to the vendor. */
function checkAcknowledged(
  scenario: Scenario,
  all: readonly Settled[],
  isRequested: (sent: Sent) => boolean,
): void {
  const acknowledged = all.filter(
    ({ settled }) => settled.recipients[0]?.devices[0]?.verdict.kind === 'acknowledged',
  );
  scenario.note(
    `      ${all.length} messages to people who are there, ${acknowledged.length} acknowledged in time`,
  );
  const pushed = acknowledged.filter(({ sent }) => isRequested(sent)).length;
  scenario.equal('requests for messages that were acknowledged', pushed, 0);
  scenario.check(
    'most messages to people who are there were acknowledged',
    acknowledged.length * 2 > all.length,
  );
}

/** From the answered logout on nothing goes out, whatever died meanwhile, and the verdict says why. */
function checkLogouts(
  scenario: Scenario,
  all: readonly Settled[],
  isRequested: (sent: Sent) => boolean,
): void {
  const others = all.filter(({ settled }) => {
    const verdict = settled.recipients[0]?.devices[0]?.verdict;
    return verdict?.kind !== 'withheld' || verdict.reason !== 'logged-out';
  });
  scenario.note(`      ${all.length} messages to people after their logout was answered`);
  scenario.equal('messages after a logout that were not withheld for it', others.length, 0);
  const pushed = all.filter(({ sent }) => isRequested(sent)).length;
  scenario.equal('requests for messages after a logout', pushed, 0);
  scenario.check('messages were sent after logouts', all.length > 0);
}

function verdictsOf(town: Town, sent: readonly Sent[]): Promise<Settled[]> {
  return inParallel(sent, 20, async (message) => ({
    sent: message,
    settled: await until(
      `the verdict on ${message.messageId}`,
      async () => (await entriesOf(town, message.messageId, 'delivery-settled'))[0]?.data ?? null,
      { withinMs: 30_000 },
    ),
  }));
}
