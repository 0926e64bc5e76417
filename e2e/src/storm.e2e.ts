import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAudit } from './harness/audit-report.js';
import { inParallel, runScenario, type Scenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';
import { workAtHand } from './harness/work-at-hand.js';
import { Killer, killEveryMs, workers } from './storm/killer.js';
import { appsAtVendors, type Person, registerPeople } from './storm/people.js';
import { SteadyFlow } from './storm/steady-flow.js';
import { sendToStrays } from './storm/strays.js';
import { frontCount, frontsOf, pass } from './storm/weather.js';

const quietMs = 15_000;
const leastShare = 0.8;
/** People whose phones are registered with tokens of another app, or with words that nobody gave out. */
const strayCount = 3;
/** Of one vendor alone: a few pushes a second, so its figure wavers. */
const leastVendorShare = 0.6;

// Two apps with phones of every vendor. Every fault in turn hits all vendors of one of them, while workers are killed: the other
// app goes on as before, and in the end every push is accounted for.
await runScenario('storm', async (scenario) => {
  const seed = scenario.args.integer('seed', 7);
  const pushes = scenario.args.integer('pushes', 20_000);
  const frontMs = scenario.args.integer('front-seconds', 7) * 1_000;
  const data = mkdtempSync(join(tmpdir(), 'reveille-weather-'));
  scenario.defer(() => rmSync(data, { recursive: true, force: true }));
  const town = await Town.start({
    data,
    flags: ['--apps', 'demo,calm', '--workers', String(workers.length)],
  });
  scenario.defer(() => town.stop());

  // Some phones fold what comes too often; here each push is to be seen.
  await town.sandbox.liftFrequencyLimits();
  const places = await appsAtVendors(town);
  const vendors = [...new Set(places.map(({ vendor }) => vendor))];
  const people = {
    demo: await registerPeople(town, 'demo', 40),
    calm: await registerPeople(town, 'calm', 40),
  };
  const stormMs = frontCount * frontMs + vendors.length * 1_000;
  const perSecond = pushes / vendors.length / 2 / ((quietMs + stormMs) / 1_000);
  scenario.note(
    `      ${vendors.length} vendors (${vendors.join(', ')}), 2 apps, 80 people, ${perSecond.toFixed(1)} messages/s for each app`,
  );
  const flows = [
    new SteadyFlow(town, people.demo, perSecond, seed),
    new SteadyFlow(town, people.calm, perSecond, seed + 1),
  ] as const;
  const flowing = Promise.all(flows.map((flow) => flow.run()));
  const stopFlowing = (): Promise<unknown> => {
    for (const flow of flows) flow.stop();
    return flowing;
  };
  scenario.defer(stopFlowing);

  // A vendor's first push waits for its access token.
  await until('every vendor takes pushes', async () => (await vendorsTaking(town)) === vendors.length, {
    everyMs: 250,
  });
  const quietFrom = Date.now();
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  const stormFrom = Date.now();
  const killer = new Killer(town);
  scenario.defer(() => killer.stop());
  for (const front of await frontsOf(town)) {
    scenario.note(`      ${seconds(Date.now() - stormFrom)} ${front.name}`);
    await pass(
      town,
      front,
      places.filter(({ app }) => app === 'demo'),
      frontMs,
    );
  }
  scenario.note(`      ${seconds(Date.now() - stormFrom)} tokens that are not theirs`);
  const strays = await sendToStrays(town, 'demo', 'calm', strayCount);
  // One vendor after the other is out, for both apps: the others do not feel it.
  for (const vendor of vendors)
    await pass(
      town,
      { name: vendor, fault: { kind: 'answer', status: 503 } },
      places.filter((place) => place.vendor === vendor),
      1_000,
    );
  const stormUntil = Date.now();
  const kills = await killer.stop();
  await stopFlowing();
  scenario.note(`      ${seconds(stormUntil - stormFrom)} it is over, ${kills} workers were killed`);
  scenario.check(
    'workers were killed every 5 s',
    kills >= Math.floor((0.7 * (stormMs - killer.waitedMs)) / killEveryMs),
    `${kills}, ${killer.waitedMs} ms waited for the other one`,
  );

  const rates = await calmRates(town, people.calm, { quietFrom, stormFrom, stormUntil });
  const share = shareOf(rates, () => true);
  scenario.note(`      the other app, storm beside quiet: ${share.text}`);
  scenario.check(
    `the app without a fault keeps ${leastShare} of its rate`,
    share.value >= leastShare,
    share.text,
  );
  for (const vendor of vendors) {
    const own = shareOf(rates, (other) => other === vendor);
    scenario.check(
      `${vendor} keeps ${leastVendorShare} of its rate there`,
      own.value >= leastVendorShare,
      own.text,
    );
  }
  await untilDrained(scenario, town);
  const sent = flows.flatMap((flow) => [...flow.sent]);
  scenario.check(
    `about ${pushes} pushes`,
    sent.length * vendors.length >= 0.9 * pushes,
    `${sent.length * vendors.length}`,
  );
  await checkPhones(scenario, town, [...people.demo, ...people.calm], sent);
  const messages = sent.length + strays.messageIds.length;
  scenario.equal('tokens of another app: nothing is shown there', await strays.shown(), 0);
  const refused = await strays.refused();
  scenario.check('… and vendors refused them', refused > 0, `${refused}`);
  // A vendor may answer a strange token with what nobody can read: that is told, and an operator looks at it.
  const strange = new Set(strays.messageIds);
  const letters = await lettersOf(data);
  scenario.equal(
    'dead letters, those about such tokens apart',
    letters.filter(({ messageId }) => !strange.has(messageId ?? '')),
    [],
  );
  scenario.equal('the town ended', await town.stop(), 0);
  const report = await checkAudit(scenario, data);
  scenario.equal('accepted messages in the log', report.accepted, messages);
  scenario.equal(
    'pushes that were decided',
    report.verdicts['push'],
    sent.length * vendors.length + strays.pushes,
  );
  return `messages ${sent.length} pushes ${sent.length * vendors.length} kills ${kills} share ${share.value.toFixed(2)}`;
});

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1).padStart(6)} s`;
}

interface Letter {
  readonly messageId: string | null;
  readonly content: { readonly reason: string };
}

async function lettersOf(data: string): Promise<readonly Letter[]> {
  const { stdout, stderr } = await reveille('dead-letters', 'list', '--data', data, '--json');
  if (stdout === '') throw new Error(`reveille dead-letters said nothing: ${stderr}`);
  return JSON.parse(stdout) as Letter[];
}

interface Moments {
  readonly quietFrom: number;
  readonly stormFrom: number;
  readonly stormUntil: number;
}

async function vendorsTaking(town: Town): Promise<number> {
  const taken = (await town.sandbox.ledger()).filter(({ effect }) => effect !== null);
  return new Set(taken.map(({ vendor }) => vendor)).size;
}

/** Pushes per second that vendors took for these people, before and in the storm, by vendor. */
async function calmRates(
  town: Town,
  people: readonly Person[],
  { quietFrom, stormFrom, stormUntil }: Moments,
): Promise<readonly VendorRate[]> {
  const tokens = new Set(people.flatMap(({ phones }) => phones.map(({ token }) => token)));
  const taken = (await town.sandbox.ledger()).filter(
    ({ token, effect }) => token !== null && tokens.has(token) && effect !== null,
  );
  return [...Map.groupBy(taken, ({ vendor }) => vendor)].map(([vendor, requests]) => {
    const rate = (from: number, until: number): number =>
      requests.filter(({ arrivedAt: at }) => at >= from && at < until).length / ((until - from) / 1_000);
    return { vendor, quiet: rate(quietFrom, stormFrom), storm: rate(stormFrom, stormUntil) };
  });
}

interface VendorRate {
  readonly vendor: string;
  readonly quiet: number;
  readonly storm: number;
}

function shareOf(
  rates: readonly VendorRate[],
  isMeant: (vendor: string) => boolean,
): { readonly value: number; readonly text: string } {
  const meant = rates.filter(({ vendor }) => isMeant(vendor));
  const [quiet, storm] = [
    meant.reduce((sum, rate) => sum + rate.quiet, 0),
    meant.reduce((sum, rate) => sum + rate.storm, 0),
  ];
  const value = quiet === 0 ? 0 : storm / quiet;
  return { value, text: `${storm.toFixed(1)} and ${quiet.toFixed(1)} pushes/s, ${value.toFixed(2)}` };
}

/** Until nothing is unsettled and no job is left, those that sit out a pause included. */
async function untilDrained(scenario: Scenario, town: Town): Promise<void> {
  const startedAt = performance.now();
  await until(
    'every job is done',
    async () => {
      const work = await workAtHand(town);
      return work !== null && work.unsettled === 0 && work.jobsStored === 0;
    },
    { withinMs: 240_000, everyMs: 250 },
  );
  scenario.note(`      drained ${seconds(performance.now() - startedAt)} later`);
}

/** Every message lies once on each of its person's phones: a second request only overwrote it. */
async function checkPhones(
  scenario: Scenario,
  town: Town,
  people: readonly Person[],
  sent: readonly (readonly [messageId: string, person: Person])[],
): Promise<void> {
  const wanted = Map.groupBy(sent, ([, { user }]) => user);
  const wrong: string[] = [];
  await inParallel(people, 10, async ({ user, phones }) => {
    for (const { vendor, phoneId } of phones) {
      const shown = (await town.sandbox.lockScreen(phoneId)).length;
      const messages = wanted.get(user)?.length ?? 0;
      if (shown !== messages) wrong.push(`${user}'s ${vendor} phone shows ${shown} of ${messages}`);
    }
  });
  for (const line of wrong.slice(0, 10)) scenario.note(`      ${line}`);
  scenario.equal('phones that do not show each message once', wrong.length, 0);
}
