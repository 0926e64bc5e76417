import { type AuditReport, checkAudit } from './harness/audit-report.js';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { Town } from './harness/town.js';
import { workAtHand } from './harness/work-at-hand.js';
import { checkDelivered } from './kill-storm/check-delivered.js';
import { Departures } from './kill-storm/departures.js';
import { MessageFlow } from './kill-storm/message-flow.js';
import { connectRecipients, registerRecipients } from './kill-storm/recipients.js';
import { type Kill, runStorm, victims } from './kill-storm/storm.js';

const killsEach = 5;
const leastBusy = 25;
/** A vendor's answer and its event take less, also on a busy machine. */
const deathWithinMs = 3_000;
/** What a vendor takes for an answer: jobs are at hand for as long. */
const vendorTakesMs = 60;

// Every process is killed again and again while messages flow to people who are away, there, or seem to be there.
await runScenario('kill-storm', async (scenario) => {
  const seed = scenario.args.integer('seed', 7);
  const count = scenario.args.integer('messages', 5_000);
  const startedAt = performance.now();
  const say = (line: string): void =>
    scenario.note(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`);
  const town = await Town.start({ data: dataFolder(scenario) });
  scenario.defer(() => town.stop());
  say(`seed ${seed}, ${count} messages, the town runs`);

  const recipients = await registerRecipients(town);
  const clients = await connectRecipients(town, recipients);
  scenario.defer(() => {
    for (const client of [...clients.online, ...clients.halfOpen]) client.close();
  });
  await town.sandbox.fault({ kind: 'delay', ms: vendorTakesMs });
  say(
    `${recipients.length} recipients: ${clients.online.length} there, ${clients.halfOpen.length} half-open, the others away`,
  );

  const departures = new Departures(town, recipients);
  const flow = new MessageFlow(town, recipients, departures, count, seed);
  const flowing = flow.run();
  const kills = await runStorm({
    town,
    flow,
    count,
    killsEach,
    seed,
    onKill: ({ victim, unanswered, unsettled, jobs, isBusy }, number) => {
      departures.begin();
      say(
        `kill ${String(number).padStart(2)} ${victim.padEnd(14)} ${unanswered} sends unanswered, ${unsettled} messages unsettled, ${jobs} jobs at hand${isBusy ? '' : ' (idle)'}; ${flow.answered.length} accepted`,
      );
    },
    onGatewayBack: () => clients.halfOpen.forEach((client) => client.renew()),
  });
  await flowing;
  scenario.equal('people who logged out during it', await departures.ended(), kills.length);
  say('the storm is over, every sender was answered');
  checkKills(scenario, kills);
  scenario.equal('senders that were answered', flow.answered.length, count);
  await untilCalm(town, say);
  say('everything is settled, no job waits');

  const alertedAgain = await checkDelivered(scenario, town, clients, flow.answered);
  say('lock screens, inboxes and timelines were read');
  const ids = new Set(flow.answered.map(({ messageId }) => messageId));
  scenario.equal('ids that the senders were answered', ids.size, count);
  for (const client of [...clients.online, ...clients.halfOpen]) client.close();
  scenario.equal('the town ended', await town.stop(), 0);
  const audit = await checkAccepted(scenario, town.ready.data, ids);
  checkExcuses(scenario, audit, kills, alertedAgain);
  say('the log that is left was audited');
  const busy = kills.filter(({ isBusy }) => isBusy).length;
  return `kills ${kills.length} busy ${busy} accepted ${audit.accepted} missing ${audit.missing}`;
});

/** The folder to keep, or one that goes with the scenario. */
function dataFolder(scenario: Scenario): string {
  const keep = scenario.args.text('keep', '');
  if (keep !== '') {
    // What an earlier run left would be counted as this one's.
    if (existsSync(keep) && readdirSync(keep).length > 0)
      throw new Error(`${keep} is not empty: --keep wants a new folder`);
    return keep;
  }
  const folder = mkdtempSync(join(tmpdir(), 'reveille-storm-'));
  scenario.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function checkKills(scenario: Scenario, kills: readonly Kill[]): void {
  const of = (name: string) => kills.filter(({ victim }) => victim === name);
  scenario.note(
    `      ${kills.length} kills: ${victims.map((name) => `${name} ${of(name).length}`).join(', ')}`,
  );
  const busy = kills.filter(({ isBusy }) => isBusy).length;
  scenario.note(`      ${busy} of the kills with work in flight at the victim`);
  scenario.check(
    `every process was killed at least ${killsEach} times`,
    victims.every((name) => of(name).length >= killsEach),
  );
  scenario.check(`at least ${leastBusy} of the kills with work in flight`, busy >= leastBusy, `${busy}`);
}

/** Until the router has nothing unsettled and no job is left, those that wait for their time included. */
async function untilCalm(town: Town, say: (line: string) => void): Promise<void> {
  let saidAt = performance.now();
  await until(
    'everything is settled and no job is left',
    async () => {
      const work = await workAtHand(town);
      if (work !== null && performance.now() - saidAt > 5_000) {
        saidAt = performance.now();
        say(`${work.unsettled} messages unsettled, ${work.jobsStored} jobs left`);
      }
      return work !== null && work.unsettled === 0 && work.jobsStored === 0;
    },
    { withinMs: 180_000, everyMs: 250 },
  );
}

/** What the audit says, and of whom. */
async function checkAccepted(
  scenario: Scenario,
  data: string,
  ids: ReadonlySet<string>,
): Promise<AuditReport> {
  const report = await checkAudit(scenario, data);
  const unknown = report.acceptedIds.filter((id) => !ids.has(id.split('/')[1] ?? '')).length;
  scenario.equal(
    'accepted ids equal those that senders were answered',
    [report.accepted, unknown],
    [ids.size, 0],
  );
  return report;
}

/**
 * A request that no event tells of went out shortly before its worker died, or around the death of nats-server. And only such
 * a request makes a phone alert again.
 */
function checkExcuses(
  scenario: Scenario,
  { excused }: AuditReport,
  kills: readonly Kill[],
  alertedAgain: readonly string[],
): void {
  const deaths = kills.filter(({ victim }) => victim === 'vendor-workers' || victim === 'nats');
  const distances = excused.map(({ arrivedAt }) =>
    Math.min(...deaths.map(({ at }) => Math.abs(at - arrivedAt))),
  );
  scenario.note(
    `      excused requests: at most ${Math.max(0, ...distances)} ms from a death of a worker or of nats-server`,
  );
  const far = distances.filter((distance) => distance > deathWithinMs).length;
  scenario.equal('excused requests far from any such death', far, 0);
  const explained = new Set(excused.map(({ device }) => device.split(/[/ ]/)[1] ?? ''));
  scenario.equal(
    'messages that alerted again without an excused request',
    alertedAgain.filter((id) => !explained.has(id)),
    [],
  );
}
