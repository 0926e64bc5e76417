import { killWhileAcknowledged } from './deadline/killed-router.js';
import { checkOutcomes, isNear } from './deadline/outcomes.js';
import { connectDevices, type LiveDevice, usersNamed } from './deadline/people.js';
import { acknowledgeAll, readEnds, type TimedAcknowledgement } from './deadline/timed-acknowledgement.js';
import { runScenario, type Scenario, seededRandom, until } from './harness/scenario.js';
import { reveille, Town } from './harness/town.js';
import { workAtHand } from './harness/work-at-hand.js';

/** Of a session in the background. */
const deadlineMs = 1_000;
const perGroup = 60;
const perBatch = 50;
const mostBatches = 15;
/** The edge is met often enough when so many were near it, and so many of them on each side. */
const enough = { near: perGroup, onEachSide: 10 };

// Live recipients acknowledge at chosen moments around the router's deadline, and the events of the log say exactly when that
// was: in time, there is never a push; too late, there is one, and the late word is recorded; at the edge it is one of the two.
await runScenario('deadline', async (scenario) => {
  const random = seededRandom(scenario.args.integer('seed', 7));
  const town = await Town.start();
  scenario.defer(() => town.stop());
  const devices = await connectDevices(town, usersNamed('edge', 20), 'phone', {
    background: true,
    acknowledges: false,
  });
  scenario.defer(() => devices.forEach(({ client }) => client.close()));

  const aimsMs = Array.from({ length: 2 * perGroup }, (_, index) => {
    const distanceMs = 150 + random() * 700;
    return index % 2 === 0 ? -distanceMs : distanceMs;
  });
  const clear = await acknowledgeAll(town, devices, { aimsMs, leadMs: 0, deadlineMs });
  const edge = await acknowledgeAtTheEdge(town, devices);
  const [witness] = devices;
  if (witness === undefined) throw new Error('nobody is connected');
  const heldIds = await killWhileAcknowledged(scenario, town, perGroup, witness);

  await untilNothingIsLeft(town);
  const ledger = await town.sandbox.ledger();
  const requests = new Map(
    [...Map.groupBy(ledger, ({ collapse }) => collapse ?? '')].map(([id, entries]) => [id, entries.length]),
  );
  scenario.equal(
    '… pushes of them',
    heldIds.reduce((sum, id) => sum + (requests.get(id) ?? 0), 0),
    0,
  );
  // Read once more: what is wrong may have been written since.
  checkOutcomes(scenario, await readEnds(town, clear), await readEnds(town, edge), requests);
  await checkAudit(scenario, town);
});

/**
 * Sweeps over the deadline, batch after batch, until enough acknowledgements were near it. How long a word takes to the router
 * depends on the machine, so each batch is aimed by what the one before it met.
 */
async function acknowledgeAtTheEdge(
  town: Town,
  devices: readonly LiveDevice[],
): Promise<TimedAcknowledgement[]> {
  const sweep = Array.from({ length: perBatch }, (_, index) => ((index + 0.5) / perBatch) * 8 - 4);
  const all: TimedAcknowledgement[] = [];
  let leadMs = 0;
  // An acknowledgement that no event knows of is a fault already: more of them would show nothing new.
  const isOver = () => isEnough(all) || all.some(({ offsetMs }) => offsetMs === null);
  for (let batch = 0; batch < mostBatches && !isOver(); batch += 1) {
    const ends = await acknowledgeAll(town, devices, { aimsMs: sweep, leadMs, deadlineMs });
    all.push(...ends);
    leadMs += median(ends.flatMap(({ offsetMs, aimMs }) => (offsetMs === null ? [] : [offsetMs - aimMs])));
  }
  return all;
}

function isEnough(all: readonly TimedAcknowledgement[]): boolean {
  const near = all.filter(isNear);
  const won = near.filter(({ verdict }) => verdict === 'acknowledged').length;
  return near.length >= enough.near && Math.min(won, near.length - won) >= enough.onEachSide;
}

/** From here on nothing can be pushed any more: what was not, never is. */
async function untilNothingIsLeft(town: Town): Promise<void> {
  await until(
    'everything is settled and no job is left',
    async () => {
      const work = await workAtHand(town);
      return work !== null && work.unsettled === 0 && work.jobsStored === 0;
    },
    { withinMs: 30_000 },
  );
}

async function checkAudit(scenario: Scenario, town: Town): Promise<void> {
  const { stdout } = await reveille('audit', '--data', town.ready.data, '--ledger', '--json');
  const report = JSON.parse(stdout) as AuditJson;
  const { acknowledgedAndPushed, missing, settledTwice, unexplainedDuplicates, jobsLost } = report;
  const faults = { acknowledgedAndPushed, missing, settledTwice, unexplainedDuplicates, jobsLost };
  for (const [name, count] of Object.entries(faults)) scenario.equal(`audit: ${name}`, count, 0);
  scenario.equal('audit: requests at the vendor that the log does not explain', report.ledger.mismatches, 0);
}

interface AuditJson {
  readonly acknowledgedAndPushed: number;
  readonly missing: number;
  readonly settledTwice: number;
  readonly unexplainedDuplicates: number;
  readonly jobsLost: number;
  readonly ledger: { readonly mismatches: number };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
