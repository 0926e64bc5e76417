import type { Scenario } from './scenario.js';
import { reveille } from './town.js';

/** What `reveille audit --ledger --json` says, as far as scenarios read it. */
export interface AuditReport {
  readonly accepted: number;
  readonly acceptedIds: readonly string[];
  readonly missing: number;
  readonly settledTwice: number;
  readonly acknowledgedAndPushed: number;
  readonly pushedThoughWithheld: number;
  readonly unexplainedDuplicates: number;
  readonly jobsLost: number;
  readonly unreadable: number;
  readonly verdicts: Readonly<Record<string, number>>;
  /** Requests that are in no event: `<app>/<message> <user>/<device>`. */
  readonly excused: readonly { readonly device: string; readonly arrivedAt: number }[];
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly ledger: {
    readonly requestsAtVendor: number;
    readonly requestsLogged: number;
    readonly explainedExtra: number;
    readonly mismatches: number;
  };
}

/** Audits the folder that a town has left, its sandbox's ledger included, and checks that nothing is wrong in it. */
export async function checkAudit(scenario: Scenario, data: string): Promise<AuditReport> {
  const { stdout, stderr } = await reveille('audit', '--data', data, '--ledger', '--json', '--list');
  if (stdout === '') throw new Error(`reveille audit said nothing: ${stderr}`);
  const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as AuditReport;
  const { missing, settledTwice, acknowledgedAndPushed, pushedThoughWithheld } = report;
  const { jobsLost, unexplainedDuplicates, unreadable, ledger, verdicts, lists } = report;
  const faults = {
    missing,
    settledTwice,
    acknowledgedAndPushed,
    pushedThoughWithheld,
    jobsLost,
    unexplainedDuplicates,
    unreadable,
  };
  for (const [name, number] of Object.entries(faults)) scenario.equal(name, number, 0);
  scenario.equal('requests at the vendors that the log does not explain', ledger.mismatches, 0);
  for (const fault of Object.values(lists).flat().slice(0, 20)) scenario.note(`      ${fault}`);
  const { requestsAtVendor, requestsLogged, explainedExtra } = ledger;
  scenario.note(
    `      ${requestsAtVendor} requests at the vendors, ${requestsLogged} in the log, ${explainedExtra} more excused by a repeat`,
  );
  const said = Object.entries(verdicts).map(([name, number]) => `${name} ${number}`);
  scenario.note(`      verdicts: ${said.join(', ')}`);
  return report;
}
