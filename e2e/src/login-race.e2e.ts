import { inParallel, runScenario, seededRandom, until } from './harness/scenario.js';
import { RawClient } from './harness/raw-client.js';
import { entriesOf } from './harness/story.js';
import { Town } from './harness/town.js';
import { workAtHand } from './harness/work-at-hand.js';

const stepMs = 3;

interface Race {
  readonly user: string;
  readonly token: string;
  readonly messageId: string;
  readonly isAcknowledged: boolean;
}

// Users with a phone log in at random moments around a message to them. Each has it when it is settled, in the pages that it
// read at login or live, and not twice; of whoever acknowledged in time the phone stays silent, and all others' is rung once.
await runScenario('login-race', async (scenario) => {
  const count = scenario.args.integer('count', 1_000);
  const width = scenario.args.integer('width', 25);
  const spreadMs = scenario.args.integer('spread', 30);
  const random = seededRandom(scenario.args.integer('seed', 7));
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const phones = await town.sandbox.addPhones('apns', count);
  await inParallel(phones, width, ({ token }, index) =>
    town.register(`d-u${index}`, { user: `u${index}`, vendor: 'apns', token, platform: 'iphone' }),
  );

  const sides = { before: 0, after: 0 };
  const ways = { live: 0, page: 0, both: 0 };
  const missed: string[] = [];
  const twice: string[] = [];
  const offsets = Array.from({ length: count }, () => random() * 2 * spreadMs - spreadMs);
  // How long a login takes depends on the machine: the middle of the spread follows what was seen, so that both sides of the ask
  // are met everywhere. Positive: the login comes later; negative: the message does.
  let middle = 0;

  const races = await inParallel(offsets, width, async (offset, index): Promise<Race> => {
    const delay = middle + offset;
    const user = `u${index}`;
    const token = await town.clientToken(user);
    const login = async () => {
      await pause(Math.max(0, delay));
      const client = await RawClient.login({ url: town.ready.urls.webSocket, deviceId: `d-${user}`, token });
      return { client, pages: await client.readInbox() };
    };
    const send = async () => {
      await pause(Math.max(0, -delay));
      return town.send({ sender: 'ana', recipients: [user], text: user });
    };
    const [{ client, pages }, { messageId }] = await Promise.all([login(), send()]);
    const settled = await until(
      `${user} is settled`,
      async () => (await entriesOf(town, messageId, 'delivery-settled'))[0]?.data ?? null,
      { withinMs: 30_000, everyMs: 100 },
    );
    // Now and not later: nothing that this login still has to fetch would bring it.
    const inPages = pages.filter((item) => item.messageId === messageId).length;
    const cameLive = client.delivered.filter((item) => item.messageId === messageId).length;
    client.close();

    const isAcknowledged = settled.recipients[0]?.devices[0]?.verdict.kind === 'acknowledged';
    sides[isAcknowledged ? 'before' : 'after'] += 1;
    middle += isAcknowledged ? stepMs : -stepMs;
    if (inPages === 0 && cameLive === 0) missed.push(user);
    else ways[inPages > 0 && cameLive > 0 ? 'both' : cameLive > 0 ? 'live' : 'page'] += 1;
    if (inPages > 1 || cameLive > 1) twice.push(user);
    return { user, token: phones[index]?.token ?? '', messageId, isAcknowledged };
  });

  await until('no job is left', async () => (await workAtHand(town))?.jobsStored === 0, { withinMs: 60_000 });
  const requests = Map.groupBy(await town.sandbox.ledger(), ({ token }) => token);
  const wronglyRung: string[] = [];
  for (const { user, token, messageId, isAcknowledged } of races) {
    const rung = (requests.get(token) ?? []).map(({ collapse }) => collapse);
    // A job that waited is closed when the acknowledgement came late, but before its turn.
    const isClosed = async () => (await entriesOf(town, messageId, 'push-closed')).length > 0;
    const isRight = isAcknowledged
      ? rung.length === 0
      : rung.length === 0
        ? await isClosed()
        : rung.length === 1 && rung[0] === messageId;
    if (!isRight) wronglyRung.push(user);
  }

  scenario.note(`      ${count} logins: ${sides.before} in time for the ask, ${sides.after} after it`);
  scenario.note(`      had it live ${ways.live}, in a page ${ways.page}, both ${ways.both}`);
  const enough = Math.floor(count / 10);
  scenario.check(
    `at least ${enough} on each side of the ask`,
    sides.before >= enough && sides.after >= enough,
    JSON.stringify(sides),
  );
  scenario.equal('missed by page and live at login', missed, []);
  scenario.equal('twice', twice, []);
  scenario.equal('phones rung though acknowledged, or not rung once', wronglyRung, []);
  return `logins ${count} missed ${missed.length} twice ${twice.length}`;
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
