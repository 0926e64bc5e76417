import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { closedOf, outcomesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

const vendor = 'xiaomi';
/** What the vendor takes of an app in a day, and what the first app's settings say that it takes. */
const perDay = 8;
const perDevicePerDay = 2;
const people = 10;
const counted = 'demo';
const uncounted = 'other';
const dayMs = 86_400_000;
const offers = 'offers';
const channelOfOffers = 'news';
const spentLine = (app: string): string => `quota public of ${vendor} of ${app}: spent by the vendor`;

interface Person {
  readonly app: string;
  readonly user: string;
  readonly phoneId: string;
  readonly token: string;
}

// A day's quota is used up, once by our own count and once by the vendor's word: what it counts waits for the day to turn, says
// so, and holds up nothing else. The day turns while the scenario runs.
await runScenario('quota', async (scenario) => {
  const turnsAt = Math.ceil((Date.now() + scenario.args.integer('turn-seconds', 90) * 1_000) / 1_000) * 1_000;
  const turn = `${new Date(turnsAt).toISOString().slice(11, 19)}+00:00`;
  const town = await Town.start({
    env: [`vendor-workers:REVEILLE_QUOTA_DAY_TURN=${turn}`],
    flags: ['--apps', `${counted},${uncounted}`],
  });
  scenario.defer(() => town.stop());
  await declareOffers(town);
  await town.sandbox.call('PUT', '/switches', {
    [vendor]: { publicPerDay: perDay, publicPerDevicePerDay: 0 },
  });
  const [here, there] = await Promise.all([settle(town, counted), settle(town, uncounted)]);
  scenario.note(`the day turns in ${Math.round((turnsAt - Date.now()) / 1_000)} s`);

  await perDevice(scenario, town, here);
  await byOurCount(scenario, town, here);
  await byTheVendorsWord(scenario, town, there);
  await othersPass(scenario, town, here);
  await tooLate(scenario, town, here);
  await isTold(scenario, town);

  const all = [...here.slice(0, people), ...there.slice(0, people)];
  const allowed = 2 * perDay - perDevicePerDay;
  scenario.check(
    'all of this before the day turned',
    Date.now() < turnsAt,
    `${Date.now() - turnsAt} ms late`,
  );
  scenario.equal(
    'by then as many offers went out as the quotas allow',
    await offersTo(town, all, turnsAt),
    allowed,
  );

  await until('the day turns', () => Date.now() >= turnsAt, { withinMs: 120_000 });
  await town.sandbox.call('PUT', '/clock', { offsetMs: dayMs });
  await Promise.all(all.map((person) => shows(town, person, offers, 60_000)));
  scenario.check('after that every offer is on its screen', true);
  scenario.equal('none that waited went out before', await offersTo(town, all, turnsAt), allowed);
  scenario.equal('and none twice', await offersTo(town, all, Number.POSITIVE_INFINITY), 2 * people);
  const audit = await reveille('audit', '--data', town.ready.data);
  scenario.check('the log adds up', audit.code === 0, audit.stdout.slice(-2_000));
});

/** The strategy, and for one of the apps what the vendor takes of it in a day. */
async function declareOffers(town: Town): Promise<void> {
  const file = join(town.ready.data, 'quotas.yaml');
  const strategies = `    strategies:\n      - { resourcesId: ${offers}, class: marketing }\n`;
  const caps = `        publicPerDay: ${perDay}\n        publicPerDevicePerDay: ${perDevicePerDay}\n`;
  const asItIs = readFileSync(join(town.ready.data, 'apps.yaml'), 'utf8');
  const declared = asItIs.replaceAll(/^ {2}- app: \w+\n/gm, (line) => line + strategies);
  writeFileSync(file, declared.replace(`      ${vendor}:\n`, `      ${vendor}:\n${caps}`));
  const applied = await reveille('apply', file, '--yes', '--data', town.ready.data);
  if (applied.code !== 0) throw new Error(applied.stderr);
}

/** People with a phone of the vendor each. */
async function settle(town: Town, app: string): Promise<Person[]> {
  const phones = await town.sandbox.addPhones(vendor, people + 2, app);
  return Promise.all(
    phones.map(async ({ phoneId, token }, index) => {
      const user = `${app}-${index}`;
      await town.http('PUT', `/v1/devices/${user}-phone/push`, {
        bearer: town.serverKeyOf(app),
        body: { user, vendor, token, platform: 'android' },
      });
      return { app, user, phoneId, token };
    }),
  );
}

async function send(town: Town, { app, user }: Person, text: string, more: object = {}): Promise<string> {
  const resourcesID = text.startsWith(offers) ? offers : '';
  const { messageId } = await town.http<{ messageId: string }>('POST', '/v1/messages', {
    bearer: town.serverKeyOf(app),
    body: {
      sender: 'shop',
      recipients: [user],
      content: { type: 'text', text },
      pushConfig: { title: 'Shop', content: text, resourcesID },
      ...more,
    },
  });
  return messageId;
}

function shows(town: Town, { phoneId, user }: Person, text: string, withinMs = 20_000): Promise<boolean> {
  return until(
    `${user} sees ${text}`,
    async () => (await town.sandbox.lockScreen(phoneId)).some(({ body }) => body === text),
    { withinMs, everyMs: 200 },
  );
}

async function byOurCount(scenario: Scenario, town: Town, persons: readonly Person[]): Promise<void> {
  const sent = await Promise.all(persons.slice(0, people).map((person) => send(town, person, offers)));
  const outcomes = await Promise.all(sent.map(async (messageId) => (await outcomesOf(town, messageId))[0]));
  const waiting = outcomes.filter((outcome) => outcome?.kind === 'deferred');
  scenario.equal('our count: so many offers wait', waiting.length, people - (perDay - perDevicePerDay));
  scenario.equal(
    '… and say for what',
    [...new Set(waiting.map((outcome) => `${outcome?.reason} ${outcome?.vendorCode}`))],
    [`quota-spent public: ${perDay} a day`],
  );
}

async function byTheVendorsWord(scenario: Scenario, town: Town, persons: readonly Person[]): Promise<void> {
  const asked = persons.slice(0, people);
  for (const [index, person] of asked.slice(0, perDay + 1).entries()) {
    await send(town, person, offers);
    if (index < perDay) await shows(town, person, offers);
  }
  const refused = () => requestsOf(town, asked);
  await until("the vendor's word", async () => (await refused()).some(({ reason }) => reason !== null));
  for (const person of asked.slice(perDay + 1)) await send(town, person, offers);
  // A chat behind them on the same line shows that they were looked at.
  const [last] = asked.slice(-1);
  if (last === undefined) throw new Error('nobody is there');
  await send(town, last, 'after the offers');
  await shows(town, last, 'after the offers');
  await until('their jobs wait', async () =>
    (await reveille('status', '--data', town.ready.data)).stdout.includes(spentLine(uncounted)),
  );
  scenario.equal(
    "the vendor's word: said once, then no offer is asked of it",
    (await refused()).filter(({ reason }) => reason !== null).length,
    1,
  );
}

async function othersPass(scenario: Scenario, town: Town, persons: readonly Person[]): Promise<void> {
  const begun = Date.now();
  await Promise.all(persons.slice(0, people).map((person) => send(town, person, 'a word')));
  await Promise.all(persons.slice(0, people).map((person) => shows(town, person, 'a word')));
  scenario.check(`chat passes meanwhile, all of it (${Date.now() - begun} ms)`, true);
}

async function perDevice(scenario: Scenario, town: Town, persons: readonly Person[]): Promise<void> {
  const fan = persons[people];
  if (fan === undefined) throw new Error('nobody is there');
  for (let count = 0; count < perDevicePerDay; count += 1) {
    await send(town, fan, `${offers} ${count}`);
    await shows(town, fan, `${offers} ${count}`);
  }
  const [outcome] = await outcomesOf(town, await send(town, fan, `${offers} again`));
  scenario.equal(
    'one phone has had its share',
    `${outcome?.reason} ${outcome?.vendorCode}`,
    `quota-spent public: ${perDevicePerDay} a day for a device`,
  );
}

async function tooLate(scenario: Scenario, town: Town, persons: readonly Person[]): Promise<void> {
  const late = persons[people + 1];
  if (late === undefined) throw new Error('nobody is there');
  const messageId = await send(town, late, `${offers} of today`, { ttlSeconds: 10 });
  scenario.equal(
    'one that would be worthless by then is closed at once',
    await closedOf(town, messageId, 8_000),
    'quota',
  );
}

async function isTold(scenario: Scenario, town: Town): Promise<void> {
  const { stdout } = await reveille('status', '--data', town.ready.data);
  scenario.check(
    'status names the quotas and when they renew',
    stdout.includes(`quota public of ${vendor} of ${counted}: spent, ${perDay} taken of ${perDay}`) &&
      stdout.includes(spentLine(uncounted)),
    stdout,
  );
}

async function requestsOf(town: Town, persons: readonly Person[]) {
  return (await town.sandbox.ledger()).filter(({ token }) => isOf(persons, token));
}

function isOf(persons: readonly Person[], token: string | null): boolean {
  return persons.some((person) => person.token === token);
}

/** Requests with an offer that the vendor took before an instant. */
async function offersTo(town: Town, persons: readonly Person[], before: number): Promise<number> {
  const { entries } = await town.sandbox.call<{
    entries: { token: string | null; arrivedAt: number; reason: string | null; payload: string | null }[];
  }>('GET', '/ledger?payload=1&limit=50000');
  return entries.filter(
    ({ token, arrivedAt, reason, payload }) =>
      isOf(persons, token) &&
      reason === null &&
      arrivedAt < before &&
      (payload ?? '').includes(`channel_id=${channelOfOffers}`),
  ).length;
}
