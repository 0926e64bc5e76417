import { inParallel, runScenario, seededRandom, until } from './harness/scenario.js';
import { RawClient } from './harness/raw-client.js';
import { Town } from './harness/town.js';

const stepMs = 3;

// Users log in at random moments around a message to them. Each gets it live or in the inbox, and never twice as two
// different messages; whoever was asked live and acknowledged was not pushed.
await runScenario('login-race', async (scenario) => {
  const count = scenario.args.integer('count', 1_000);
  const width = scenario.args.integer('width', 25);
  const spreadMs = scenario.args.integer('spread', 30);
  const random = seededRandom(scenario.args.integer('seed', 7));
  const town = await Town.start();
  scenario.defer(() => town.stop());

  const sides = { before: 0, after: 0 };
  const missed: string[] = [];
  const twice: string[] = [];
  const pushedThoughAcknowledged: string[] = [];
  const offsets = Array.from({ length: count }, () => random() * 2 * spreadMs - spreadMs);
  // How long a login takes depends on the machine: the middle of the spread follows what was seen, so that both sides of the ask
  // are met everywhere. Positive: the login comes later; negative: the message does.
  let middle = 0;

  await inParallel(offsets, width, async (offset, index) => {
    const delay = middle + offset;
    const user = `u${index}`;
    const token = await town.clientToken(user);
    const login = async () => {
      await pause(Math.max(0, delay));
      const client = await RawClient.login({ url: town.ready.urls.webSocket, deviceId: `d-${user}`, token });
      return { client, inbox: await client.readInbox() };
    };
    const send = async () => {
      await pause(Math.max(0, -delay));
      return town.send({ sender: 'ana', recipients: [user], text: user });
    };
    const [{ client, inbox }, { messageId }] = await Promise.all([login(), send()]);

    const verdict = await until(
      `${user} is settled`,
      async () => {
        const { entries } = await town.timeline(messageId).catch(() => ({ entries: [] }));
        return entries.find((entry) => entry.type === 'delivery-settled') ?? null;
      },
      { withinMs: 30_000, everyMs: 100 },
    );
    if (verdict.type !== 'delivery-settled') throw new Error('not a verdict');
    const device = verdict.data.recipients[0]?.devices[0];
    const isLive = device?.verdict.kind === 'acknowledged';
    sides[isLive ? 'before' : 'after'] += 1;
    middle += isLive ? stepMs : -stepMs;

    // Whoever came too late for the live ask has it in the inbox: the page that was read at login, or (accepted after it) live.
    const got = [...inbox, ...client.delivered].map((item) => item.messageId);
    const inTheEnd = got.includes(messageId)
      ? got
      : [...got, ...(await client.readInbox()).map((item) => item.messageId)];
    if (!inTheEnd.includes(messageId)) missed.push(user);
    if (inbox.filter((item) => item.messageId === messageId).length > 1) twice.push(user);
    if (client.delivered.filter((item) => item.messageId === messageId).length > 1) twice.push(user);
    if (isLive && device.facts?.acknowledgedAt === null) pushedThoughAcknowledged.push(user);
    client.close();
  });

  scenario.note(`      ${count} logins: ${sides.before} in time for the ask, ${sides.after} after it`);
  const enough = Math.floor(count / 10);
  scenario.check(
    `at least ${enough} on each side of the ask`,
    sides.before >= enough && sides.after >= enough,
    JSON.stringify(sides),
  );
  scenario.equal('missed', missed, []);
  scenario.equal('twice', twice, []);
  scenario.equal('pushed though acknowledged', pushedThoughAcknowledged, []);
  return `logins ${count} missed ${missed.length} twice ${twice.length}`;
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
