import { inParallel, runScenario, seededRandom, until } from './harness/scenario.js';
import { RestlessClient } from './harness/restless-client.js';
import { reveille, Town } from './harness/town.js';

const victims = ['gateway', 'router', 'presence', 'vendor-workers', 'nats', 'postgres'] as const;
const killsEach = 5;

interface Recipient {
  readonly user: string;
  readonly kind: 'offline' | 'online' | 'half-open';
  readonly phoneId: string | null;
}

interface Sent {
  readonly messageId: string;
  readonly recipient: Recipient;
}

// Every process is killed again and again while messages flow to people who are away, there, or seem to be there.
await runScenario('kill-storm', async (scenario) => {
  const seed = scenario.args.integer('seed', 7);
  const count = scenario.args.integer('messages', 5_000);
  const keep = scenario.args.text('keep', '');
  const random = seededRandom(seed);
  const town = await Town.start(keep === '' ? {} : { data: keep });
  scenario.defer(() => town.stop());
  scenario.note(`      seed ${seed}, ${count} messages`);

  const recipients = await register(town, count);
  const clients = await connect(town, recipients);
  scenario.defer(() => clients.forEach((client) => client.close()));

  const answered: Sent[] = [];
  const inFlight = new Set<string>();
  let isSending = true;
  const sendOne = async (index: number): Promise<void> => {
    const recipient = recipients[Math.floor(random() * recipients.length)] as Recipient;
    const id = `s${index}`;
    inFlight.add(id);
    // A sender tries until it is answered, always with the same id: what it was told is what must be there.
    const { messageId } = await until(
      `${id} is accepted`,
      () =>
        town
          .send({ sender: 'ana', recipients: [recipient.user], text: id, clientMessageId: id })
          .catch(() => null),
      { withinMs: 120_000, everyMs: 200 },
    );
    inFlight.delete(id);
    answered.push({ messageId, recipient });
  };

  const kills: { name: string; busy: number }[] = [];
  const storm = async (): Promise<void> => {
    for (let round = 0; round < killsEach; round += 1) {
      for (const name of shuffled(victims, random)) {
        await pause(300 + random() * 700);
        // Work in flight: messages that nobody was answered for yet, and what the log holds unsettled.
        const pid = town.kill(name);
        kills.push({ name, busy: inFlight.size });
        await town.restarted(name, pid, 60_000);
      }
    }
    isSending = false;
  };
  const flow = async (): Promise<void> => {
    const startedAt = performance.now();
    await inParallel(
      Array.from({ length: count }, (_, index) => index),
      40,
      async (index) => {
        // Spread over the storm: it decides how long that is.
        if (isSending) await pause(Math.max(0, (index / count) * 90_000 - (performance.now() - startedAt)));
        await sendOne(index);
      },
    );
  };
  await Promise.all([storm(), flow()]);
  scenario.note(
    `      ${kills.length} kills: ${victims.map((name) => `${name} ${kills.filter((kill) => kill.name === name).length}`).join(', ')}`,
  );
  const busy = kills.filter((kill) => kill.busy > 0).length;
  scenario.note(`      ${busy} of the kills with work in flight`);
  scenario.check(
    'every process was killed at least 5 times',
    victims.every((name) => kills.filter((kill) => kill.name === name).length >= killsEach),
  );
  scenario.check('at least 25 of the kills with work in flight', busy >= 25, `${busy}`);
  scenario.equal('senders that were answered', answered.length, count);

  const settledReport = await until(
    'the log adds up',
    async () => {
      const { stdout } = await reveille('audit', '--data', town.ready.data, '--ledger', '--json', '--list');
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown> &
        AuditJson;
      return report.accepted >= count &&
        report.missing === 0 &&
        report.pushes.waiting === 0 &&
        report.jobsLost === 0
        ? report
        : null;
    },
    { withinMs: 240_000, everyMs: 3_000 },
  );
  const ids = new Set(answered.map(({ messageId }) => messageId));
  scenario.equal('ids that the senders were answered', ids.size, count);
  scenario.equal(
    'accepted ids equal those',
    [
      settledReport.accepted,
      settledReport.acceptedIds.filter((id) => !ids.has(id.split('/')[1] ?? '')).length,
    ],
    [count, 0],
  );
  scenario.equal('missing', settledReport.missing, 0);
  scenario.equal('settled twice', settledReport.settledTwice, 0);
  scenario.equal('acknowledged and pushed', settledReport.acknowledgedAndPushed, 0);
  scenario.equal('unexplained duplicates', settledReport.unexplainedDuplicates, 0);
  scenario.equal('requests at the vendor that the log does not explain', settledReport.ledger.mismatches, 0);
  scenario.note(
    `      ${settledReport.ledger.requestsAtVendor} requests at the vendor, ${settledReport.ledger.requestsLogged} in the log, ${settledReport.ledger.explainedExtra} explained by a repeat`,
  );

  let shownWrong = 0;
  await inParallel(
    recipients.filter(({ kind, phoneId }) => kind === 'offline' && phoneId !== null),
    20,
    async ({ user, phoneId }) => {
      const wanted = answered
        .filter(({ recipient }) => recipient.user === user)
        .map(({ messageId }) => messageId);
      const shown = (await town.sandbox.lockScreen(phoneId ?? '')).map(({ collapse }) => collapse ?? '');
      if (wanted.length !== shown.length || wanted.some((id) => !shown.includes(id))) shownWrong += 1;
    },
  );
  scenario.equal('offline recipients whose phone does not show each message once', shownWrong, 0);
  return `kills ${kills.length} busy ${busy} accepted ${settledReport.accepted} missing ${settledReport.missing}`;
});

interface AuditJson {
  readonly accepted: number;
  readonly acceptedIds: readonly string[];
  readonly missing: number;
  readonly settledTwice: number;
  readonly acknowledgedAndPushed: number;
  readonly unexplainedDuplicates: number;
  readonly jobsLost: number;
  readonly pushes: { readonly waiting: number };
  readonly ledger: {
    readonly requestsAtVendor: number;
    readonly requestsLogged: number;
    readonly explainedExtra: number;
    readonly mismatches: number;
  };
}

/** 300 people: 200 away with a phone, 60 there, 40 whose connection is open and silent. */
async function register(town: Town, count: number): Promise<Recipient[]> {
  const away = Math.min(200, count);
  const phones = [
    ...(await town.sandbox.addPhones('apns', away / 2)),
    ...(await town.sandbox.addPhones('fcm', away / 2)),
  ];
  const offline = await inParallel(phones, 20, async ({ phoneId, token }, index): Promise<Recipient> => {
    const user = `away-${index}`;
    await town.register(`${user}-d`, { user, vendor: index < away / 2 ? 'apns' : 'fcm', token });
    return { user, kind: 'offline', phoneId };
  });
  const there = Array.from(
    { length: 60 },
    (_, index): Recipient => ({ user: `there-${index}`, kind: 'online', phoneId: null }),
  );
  const silent = Array.from(
    { length: 40 },
    (_, index): Recipient => ({ user: `silent-${index}`, kind: 'half-open', phoneId: null }),
  );
  return [...offline, ...there, ...silent];
}

/** Those who are there acknowledge and come back after every cut; the silent ones never say anything. */
async function connect(town: Town, recipients: readonly Recipient[]): Promise<RestlessClient[]> {
  const live = recipients.filter(({ kind }) => kind !== 'offline');
  return inParallel(live, 20, async ({ user, kind }) => RestlessClient.start(town, user, kind === 'online'));
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
