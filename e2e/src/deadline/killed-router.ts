import { inParallel, type Scenario, until } from '../harness/scenario.js';
import { entriesOf, verdictOf } from '../harness/story.js';
import type { Town } from '../harness/town.js';
import { connectDevices, type LiveDevice, usersNamed } from './people.js';
import { acknowledgeAfter } from './timed-acknowledgement.js';

const people = 10;
/** A message that its router took with it comes again when its wait for an acknowledgement is over. */
const settledWithinMs = 60_000;

/**
 * Everybody has two devices. One acknowledges at once, the other does not, so that the router holds the messages when it is
 * killed. What it had heard dies with it: the next router asks both anew, and this time both answer. Gives the message ids.
 */
export async function killWhileAcknowledged(
  scenario: Scenario,
  town: Town,
  count: number,
  witness: LiveDevice,
): Promise<string[]> {
  const users = usersNamed('twice', people);
  const phones = await connectDevices(town, users, 'phone', { background: false, acknowledges: true });
  const tablets = await connectDevices(town, users, 'tablet', { background: false, acknowledges: false });
  const devices = [...phones, ...tablets];
  scenario.defer(() => devices.forEach(({ client }) => client.close()));
  const router = town.child('router').pid;

  const sends = Array.from({ length: count }, (_, index) => users[index % people] as string);
  const sent = await inParallel(sends, people, (user) => town.send({ sender: 'ana', recipients: [user] }));
  const ids = sent.map(({ messageId }) => messageId);
  const asked = (side: readonly LiveDevice[]) =>
    side.reduce((sum, { client }) => sum + client.delivered.length, 0);
  await until('every device is asked', () => asked(phones) === count && asked(tablets) === count, {
    everyMs: 10,
  });
  // A word that came after the phones' on the same way has reached the router: so have theirs.
  const heard = await verdictOf(town, await acknowledgeAfter(town, witness, 0));
  town.kill('router');
  const killedAt = Date.now();
  for (const { client } of tablets) client.acknowledges = true;
  await town.restarted('router', router);

  const settled = await inParallel(ids, 10, (messageId) =>
    until(
      `${messageId} is settled`,
      async () => (await entriesOf(town, messageId, 'delivery-settled'))[0]?.data ?? null,
      { withinMs: settledWithinMs, everyMs: 500 },
    ),
  );
  const anew = settled.filter(({ askedAt }) => (askedAt ?? 0) > killedAt);
  const acknowledgedAgain = settled.filter(({ recipients }) => {
    const verdicts = recipients[0]?.devices.map(({ verdict }) => verdict) ?? [];
    return (
      verdicts.length === 2 &&
      verdicts.every((verdict) => verdict.kind === 'acknowledged' && verdict.at > killedAt)
    );
  });
  scenario.note(
    `      router killed: ${count} messages acknowledged by one of two devices, asked anew ${anew.length}, acknowledged again ${acknowledgedAgain.length}`,
  );
  scenario.equal('router killed: it had heard the acknowledgements', heard, 'acknowledged');
  scenario.equal('… messages that were asked anew', anew.length, count);
  scenario.equal('… phones that were asked twice for each message', asked(phones), 2 * count);
  scenario.equal('… messages for which the second acknowledgement counts', acknowledgedAgain.length, count);
  return ids;
}
