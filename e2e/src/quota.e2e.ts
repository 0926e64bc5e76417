import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { closedOf, outcomesOf } from './harness/story.js';
import { reveille, Town } from './harness/town.js';

/** It counts an app's offers of a day, and a phone's. */
const vendor = 'xiaomi';
/** What the vendor takes of an app in a day, and what the first app's settings say that it takes. */
const perDay = 8;
const perDevicePerDay = 2;
/** Another one, which counts a phone's offers of a day and nothing else; it takes requests of a day ago, as its clock will say. */
const byPhone = 'huawei';
const people = 10;
const fans = 4;
const counted = 'demo';
const uncounted = 'other';
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const offers = 'offers';
/** How the vendor's requests name what is sent as an offer. */
const channelOfOffers = 'news';
const lateWord = 'tomorrow';
const lateOffer = `${offers} of ${lateWord}`;
const spentLine = (app: string): string => `quota public of ${vendor} of ${app}: spent by the vendor`;

interface Person {
  readonly app: string;
  readonly user: string;
  readonly vendor: VendorName;
  readonly phoneId: string;
  readonly token: string;
}

// A day's quota is used up, by our own count, by the vendor's word and phone by phone: what it counts waits for the day to turn,
// says so, and holds up nothing else. Then the app's settings say that the day turns in some seconds.
await runScenario('quota', async (scenario) => {
  const town = await Town.start({ flags: ['--apps', `${counted},${uncounted}`] });
  scenario.defer(() => town.stop());
  await declareOffers(town, Date.now() + 6 * hourMs);
  await town.sandbox.call('PUT', '/switches', {
    [vendor]: { publicPerDay: perDay, publicPerDevicePerDay: 0 },
  });
  const [here, there, phones] = await Promise.all([
    settle(town, counted, vendor, people + 2),
    settle(town, uncounted, vendor, people),
    settle(town, counted, byPhone, fans),
  ]);

  await perDevice(scenario, town, here[people], 'public', perDevicePerDay);
  for (const fan of phones.slice(1)) await fillPhone(town, fan);
  await perDevice(scenario, town, phones[0], 'marketing', perDevicePerDay);
  await byOurCount(scenario, town, here);
  await byTheVendorsWord(scenario, town, there);
  await othersPass(scenario, town, [...here.slice(0, people), ...phones]);
  await tooLate(scenario, town, here);
  await isTold(scenario, town);
  const late = phones.slice(1);
  await waitForTheDay(scenario, town, late);

  const all = [...here.slice(0, people), ...there];
  const allowed = 2 * perDay - perDevicePerDay;
  const turnsAt = Math.ceil((Date.now() + scenario.args.integer('turn-seconds', 15) * 1_000) / 1_000) * 1_000;
  // The vendors' clocks are turned in time, even where the settings take long to arrive.
  const turning = until('the day turns', () => Date.now() >= turnsAt, { withinMs: 120_000 }).then(() =>
    town.sandbox.call('PUT', '/clock', { offsetMs: dayMs }),
  );
  await declareOffers(town, turnsAt);
  await turning;
  await Promise.all(all.map((person) => shows(town, person, offers, 150_000)));
  await Promise.all(late.map((person) => shows(town, person, lateOffer, 150_000)));
  scenario.check('after the day has turned every offer is on its screen', true);
  scenario.equal(
    'before, as many offers went out as the quotas allow, and none that waited',
    await offersTo(town, all, turnsAt),
    allowed,
  );
  scenario.equal('to a phone that had its share, neither', await lateOffersTo(town, late, turnsAt), 0);
  scenario.equal('and none twice', await offersTo(town, all, Number.POSITIVE_INFINITY), 2 * people);
  scenario.equal('nor there', await lateOffersTo(town, late, Number.POSITIVE_INFINITY), late.length);
  const audit = await reveille('audit', '--data', town.ready.data);
  scenario.check('the log adds up', audit.code === 0, audit.stdout.slice(-2_000));
});

/** The strategy, when the vendors' day turns, and for one of the apps what a vendor takes of it in a day. */
async function declareOffers(town: Town, turnsAt: number): Promise<void> {
  const file = join(town.ready.data, 'quotas.yaml');
  const turn = `        quotaDayTurn: "${new Date(turnsAt).toISOString().slice(11, 19)}+00:00"\n`;
  const strategies = `    strategies:\n      - { resourcesId: ${offers}, class: marketing }\n`;
  const caps = `        publicPerDay: ${perDay}\n        publicPerDevicePerDay: ${perDevicePerDay}\n`;
  const asItIs = readFileSync(join(town.ready.data, 'apps.yaml'), 'utf8');
  const declared = asItIs
    .replaceAll(/^ {2}- app: \w+\n/gm, (line) => line + strategies)
    .replaceAll(new RegExp(`^ {6}(?:${vendor}|${byPhone}):\\n`, 'gm'), (line) => line + turn);
  writeFileSync(file, declared.replace(`      ${vendor}:\n`, `      ${vendor}:\n${caps}`));
  const applied = await reveille('apply', file, '--yes', '--data', town.ready.data);
  if (applied.code !== 0) throw new Error(applied.stderr);
}

/** People with a phone of the vendor each. */
async function settle(town: Town, app: string, vendor: VendorName, count: number): Promise<Person[]> {
  const phones = await town.sandbox.addPhones(vendor, count, app);
  return Promise.all(
    phones.map(async ({ phoneId, token }, index) => {
      const user = `${app}-${vendor}-${index}`;
      await town.http('PUT', `/v1/devices/${user}-phone/push`, {
        bearer: town.serverKeyOf(app),
        body: { user, vendor, token, platform: 'android' },
      });
      return { app, user, vendor, phoneId, token };
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

/** A phone has its share of the day, and then one more is asked for. */
async function perDevice(
  scenario: Scenario,
  town: Town,
  fan: Person | undefined,
  quota: string,
  share: number,
): Promise<void> {
  if (fan === undefined) throw new Error('nobody is there');
  await fillPhone(town, fan);
  const [outcome] = await outcomesOf(town, await send(town, fan, `${offers} again`));
  scenario.equal(
    `one phone of ${fan.vendor} has had its share`,
    `${outcome?.reason} ${outcome?.vendorCode}`,
    `quota-spent ${quota}: ${share} a day for a device`,
  );
}

async function fillPhone(town: Town, fan: Person): Promise<void> {
  for (let count = 0; count < perDevicePerDay; count += 1) {
    await send(town, fan, `${offers} ${count}`);
    await shows(town, fan, `${offers} ${count}`);
  }
}

/** Phones that have had their share are offered something more. */
async function waitForTheDay(scenario: Scenario, town: Town, fans: readonly Person[]): Promise<void> {
  const sent = await Promise.all(fans.map((fan) => send(town, fan, lateOffer)));
  const outcomes = await Promise.all(sent.map(async (messageId) => (await outcomesOf(town, messageId))[0]));
  scenario.equal(
    'phones that have had their share wait',
    outcomes.map((outcome) => outcome?.reason),
    fans.map(() => 'quota-spent'),
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
function offersTo(town: Town, persons: readonly Person[], before: number): Promise<number> {
  return requestsWith(town, `channel_id=${channelOfOffers}`, persons, before);
}

function lateOffersTo(town: Town, persons: readonly Person[], before: number): Promise<number> {
  return requestsWith(town, lateWord, persons, before);
}

async function requestsWith(
  town: Town,
  mark: string,
  persons: readonly Person[],
  before: number,
): Promise<number> {
  const { entries } = await town.sandbox.call<{
    entries: { token: string | null; arrivedAt: number; reason: string | null; payload: string | null }[];
  }>('GET', '/ledger?payload=1&limit=50000');
  return entries.filter(
    ({ token, arrivedAt, reason, payload }) =>
      isOf(persons, token) && reason === null && arrivedAt < before && (payload ?? '').includes(mark),
  ).length;
}
