import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkAudit } from './harness/audit-report.js';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';
import { workAtHand } from './harness/work-at-hand.js';
import { Crowd } from './outage/crowd.js';
import { Steady } from './outage/steady.js';

const [out, other] = ['fcm', 'apns'] as const;
const [hit, spared] = ['demo', 'calm'] as const;
const perMessage = 50;
const people = 200;
const urgentPushes = 40;
/** The shortest pause is 5 s; the pushes of one probe lie closer together. */
const betweenProbesMs = 3_000;
const ring = 'ring';

// A vendor is out for one app while a thousand pushes a second are offered to it. They wait and none is lost; single jobs probe
// meanwhile; the app's pushes through another vendor, and another app's through the same one, go on; and when the vendor is back,
// calls arrive first, then everything, once.
await runScenario('outage', async (scenario) => {
  const perSecond = scenario.args.integer('rate', 1_000);
  const pushes = scenario.args.integer('pushes', 6_000);
  const data = mkdtempSync(join(tmpdir(), 'reveille-outage-'));
  scenario.defer(() => rmSync(data, { recursive: true, force: true }));
  const town = await Town.start({
    data,
    flags: ['--apps', `${hit},${spared}`, '--app-setting', 'messagesPerSecond=1000000'],
  });
  scenario.defer(() => town.stop());
  await town.sandbox.liftFrequencyLimits();
  await declareRing(town);
  const [crowd, elsewhere, neighbours] = await Promise.all([
    Crowd.gather(town, hit, out, people),
    Crowd.gather(town, hit, other, 10),
    Crowd.gather(town, spared, out, 10),
  ]);
  const topics = await topicsOf(town, hit);

  const from = await town.sandbox.ledgerTail();
  for (const topic of topics)
    await town.sandbox.fault({ vendor: out, topic, kind: 'answer', reason: 'UNAVAILABLE' });
  const outSince = Date.now();
  const steady = [new Steady(elsewhere), new Steady(neighbours)];
  const offered = await offer(crowd, pushes, perSecond);
  scenario.note(
    `      ${crowd.pushes} pushes offered at ${offered.toFixed(0)} a second (${perSecond} wanted)`,
  );
  await until('status names the outage', async () => (await statusOf(town)).includes('vendor out'));
  const shut = { since: await town.sandbox.ledgerTail(), at: Date.now() };
  const ofCalls = new Set<string>();
  for (let index = 0; index < urgentPushes; index += 1) ofCalls.add(await crowd.send(index, 1, ring));
  await until('two probes', async () => (await probesOf(town, crowd, shut)).length >= 2, {
    withinMs: 120_000,
    everyMs: 500,
  });
  for (const flow of steady) await flow.stop();
  // While the vendor is still out: what does not wait for it is not held up by it.
  for (const [name, flow] of [
    ['another vendor', elsewhere],
    ['another app', neighbours],
  ] as const) {
    await until(`${name}'s pushes arrive meanwhile`, async () => (await flow.wrong()) === 0, {
      withinMs: 60_000,
      everyMs: 250,
    });
    scenario.check(`${name}: all ${flow.pushes} pushes arrive during the outage`, true);
  }
  const probes = await probesOf(town, crowd, shut);
  scenario.check(
    'during it single jobs probe',
    probes.every(({ messages }) => messages === 1),
    JSON.stringify(probes),
  );
  await town.sandbox.clearFaults();
  const backAt = Date.now();
  scenario.note(
    `      the vendor was out for ${((backAt - outSince) / 1_000).toFixed(1)} s, ${probes.length} probes`,
  );

  await until(
    'everything has arrived',
    async () => {
      const work = await workAtHand(town);
      return work !== null && work.unsettled === 0 && work.jobsStored === 0;
    },
    { withinMs: 180_000, everyMs: 250 },
  );
  await checkOrder(scenario, town, crowd, ofCalls, from);
  scenario.equal('phones that do not show each message once', await crowd.wrong(), 0);
  scenario.equal('dead letters', (await workAtHand(town))?.deadLetters, 0);
  scenario.equal('status names no outage any more', (await statusOf(town)).includes('vendor out'), false);
  scenario.equal('the town ended', await town.stop(), 0);
  const report = await checkAudit(scenario, data);
  const all = crowd.pushes + elsewhere.pushes + neighbours.pushes;
  scenario.equal('pushes that were decided', report.verdicts['push'], all);
  return `pushes ${all} rate ${offered.toFixed(0)} probes ${probes.length}`;
});

/** The strategy by which calls go out. */
async function declareRing(town: Town): Promise<void> {
  const file = join(town.ready.data, 'ring.yaml');
  const strategies = `    strategies:\n      - { resourcesId: ${ring}, class: call }\n`;
  const asItIs = readFileSync(join(town.ready.data, 'apps.yaml'), 'utf8');
  writeFileSync(
    file,
    asItIs.replaceAll(/^ {2}- app: \w+\n/gm, (line) => line + strategies),
  );
  const applied = await reveille('apply', file, '--yes', '--data', town.ready.data);
  if (applied.code !== 0) throw new Error(applied.stderr);
}

/** What the app is called at its vendors. */
async function topicsOf(town: Town, app: string): Promise<string[]> {
  const { accounts } = await town.sandbox.call<{
    accounts: { vendor: string; bundle: string; phone: Record<string, unknown> }[];
  }>('GET', `/accounts?app=${app}`);
  return accounts
    .filter(({ vendor }) => vendor === out)
    .flatMap(({ bundle, phone }) => [
      bundle,
      ...Object.values(phone).filter((value) => typeof value === 'string'),
    ]);
}

async function statusOf(town: Town): Promise<string> {
  return (await reveille('status', '--data', town.ready.data)).stdout;
}

/** Offers pushes in messages to many, as fast as it was told or as the machine can; gives the rate that was reached. */
async function offer(crowd: Crowd, pushes: number, perSecond: number): Promise<number> {
  const startedAt = performance.now();
  const open = new Set<Promise<unknown>>();
  for (let count = 0; count < pushes; count += perMessage) {
    const due = startedAt + (count / perSecond) * 1_000;
    if (due > performance.now()) await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
    const sending: Promise<unknown> = crowd.send(count, perMessage).finally(() => open.delete(sending));
    open.add(sending);
    if (open.size >= 8) await Promise.race(open);
  }
  await Promise.all(open);
  return pushes / ((performance.now() - startedAt) / 1_000);
}

interface Request {
  readonly at: number;
  readonly message: string;
  readonly isTaken: boolean;
}

async function requestsOf(town: Town, crowd: Crowd, since: number): Promise<Request[]> {
  const tokens = new Set(crowd.people.map(({ token }) => token));
  return (await town.sandbox.ledger({ since }))
    .filter(({ token }) => token !== null && tokens.has(token))
    .map(({ arrivedAt, collapse, effect }) => ({
      at: arrivedAt,
      message: collapse ?? '',
      isTaken: effect !== null,
    }))
    .sort((one, another) => one.at - another.at);
}

/** What was asked of the vendor after the line was shut: requests that lie close together are one probe. */
async function probesOf(
  town: Town,
  crowd: Crowd,
  shut: { readonly since: number; readonly at: number },
): Promise<readonly { readonly requests: number; readonly messages: number }[]> {
  const bursts: Request[][] = [];
  for (const request of await requestsOf(town, crowd, shut.since)) {
    const last = bursts.at(-1);
    if (last === undefined || request.at - (last.at(-1)?.at ?? 0) > betweenProbesMs) bursts.push([request]);
    else last.push(request);
  }
  const found = bursts.map((burst) => ({
    at: burst[0]?.at ?? 0,
    requests: burst.length,
    messages: new Set(burst.map(({ message }) => message)).size,
  }));
  // What was on its way when the line was shut is none.
  return found.filter(({ at, messages }) => messages === 1 || at > shut.at + betweenProbesMs);
}

/** When the line opens again calls come first: none of them after half of the rest. */
async function checkOrder(
  scenario: Scenario,
  town: Town,
  crowd: Crowd,
  ofCalls: ReadonlySet<string>,
  since: number,
): Promise<void> {
  const taken = (await requestsOf(town, crowd, since)).filter(({ isTaken }) => isTaken);
  const places = taken.flatMap(({ message }, place) => (ofCalls.has(message) ? [place] : []));
  const last = Math.max(...places);
  scenario.check(
    `calls arrive first: the last of ${places.length} as number ${last + 1} of ${taken.length}`,
    places.length === urgentPushes && last < taken.length / 2,
  );
}
