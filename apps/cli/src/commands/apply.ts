import type { Bus } from '@reveille/bus/connect';
import { readAppsFile } from '@reveille/chassis/apps-file';
import type { AppChange } from '@reveille/contracts/app/events';
import { appChangedAnswerSchema } from '@reveille/contracts/ask/app';
import { subjects } from '@reveille/contracts/subjects';
import { type Command, Option } from 'commander';
import { diffApps } from '../apps/app-diff.js';
import { type AppRevision, readAppHistory, readNewestApps } from '../apps/app-log.js';
import { checkFiles } from '../apps/check-files.js';
import { type AppPlan, planApps, printPlans } from '../apps/plan-apps.js';
import { confirm } from '../confirm.js';
import { SealedCredentials, sealingOf, withSealedCredentials } from '../credentials/sealed-credentials.js';
import {
  addOperatorFlags,
  addReasonFlags,
  type OperatorFlags,
  type ReasonFlags,
  whoAsks,
  withOperator,
} from '../town/operator-bus.js';
import { provisionConsumers } from '../town/provision-town.js';
import { UsageError } from '../usage-error.js';
import { addSealingFlags, type SealingFlags } from './credentials.js';
import { wholeNumber } from './town-flags.js';

interface ApplyOptions extends SealingFlags, ReasonFlags {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly prune?: boolean;
  readonly files: boolean;
  readonly seal?: boolean;
}
interface HistoryOptions extends OperatorFlags {
  readonly json?: boolean;
}
interface RollbackOptions extends ApplyOptions {
  readonly to: number;
}

/** `reveille apply`: makes the apps what a file says, tells what was said of one, and takes it back. */
export function addApply(program: Command): void {
  const apply = program
    .command('apply')
    // What stands behind `history` or `rollback` is theirs.
    .enablePositionalOptions()
    .description('Make the apps what a file says: show what changes, then change it, as new revisions.')
    .argument('<apps.yaml>', 'the file; every fault in it is told with its line, and then nothing is changed')
    .option('--prune', 'remove apps that the file does not name')
    .option('--no-files', 'do not look for the files that it refers to: the workers have them elsewhere');
  addReasonFlags(addChangeFlags(addSealingFlags(apply)))
    .option(
      '--seal',
      'keep the credentials of file: references sealed in NATS: then no worker needs the file',
    )
    .action((file: string, options: ApplyOptions) => applyFile(file, options));

  const history = apply
    .command('history')
    .description('Show every revision of an app: when, by whom, why, and what changed.')
    .argument('<app>');
  addOperatorFlags(history)
    .option('--json', 'print one JSON array, with the documents')
    .action((app: string, options: HistoryOptions) => showHistory(app, options));

  const rollback = apply
    .command('rollback')
    .description('Make an app what it was at a revision, as a new one.')
    .argument('<app>')
    .addOption(
      new Option('--to <revision>', 'as "apply history" shows them')
        .argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER))
        .makeOptionMandatory(),
    );
  addReasonFlags(addChangeFlags(addOperatorFlags(rollback))).action((app: string, options: RollbackOptions) =>
    rollBack(app, options),
  );
}

function addChangeFlags(command: Command): Command {
  return command
    .option('--dry-run', 'show what would change')
    .option('-y, --yes', 'do not ask')
    .option('--json', 'print one JSON object');
}

async function applyFile(file: string, options: ApplyOptions): Promise<void> {
  const declared = readAppsFile(file, options.files ? checkFiles : undefined);
  const { documents: wanted, credentials } =
    options.seal === true ? withSealedCredentials(declared) : { documents: declared, credentials: [] };
  const sealing = credentials.length === 0 ? null : sealingOf(options);
  await withOperator(options, async (bus) => {
    const known = await readNewestApps(bus);
    const plans = planApps(known, wanted, options.prune === true);
    const change = { from: 'apply', ...whoAsks(options), restored: null } as const;
    const keepCredentials = async (): Promise<void> => {
      if (sealing === null) return;
      const kept = new SealedCredentials(bus, sealing);
      for (const credential of credentials) await kept.put(credential, change.by);
    };
    await carryOut(bus, { plans, known, change, keepCredentials }, options);
  });
}

async function rollBack(app: string, options: RollbackOptions): Promise<void> {
  await withOperator(options, async (bus) => {
    const all = await readAppHistory(bus, app);
    const then = all.findLast(({ revision }) => revision === options.to);
    if (then === undefined)
      throw new UsageError(`${app} has no revision ${options.to}: see "reveille apply history ${app}"`);
    if (then.document === null)
      throw new UsageError(`at revision ${options.to} ${app} was removed: choose an earlier one`);
    const known = all.slice(-1);
    const change = { from: 'rollback', ...whoAsks(options), restored: options.to } as const;
    const plans = planApps(known, [then.document], false);
    const apps = await readNewestApps(bus);
    await carryOut(bus, { plans, known: apps, change, keepCredentials: async () => undefined }, options);
  });
}

interface Work {
  readonly plans: readonly AppPlan[];
  /** Every app as it is now. */
  readonly known: readonly AppRevision[];
  readonly change: AppChange;
  /** What the documents name has to be there before they are. */
  readonly keepCredentials: () => Promise<void>;
}

async function carryOut(
  bus: Bus,
  { plans, known, change, keepCredentials }: Work,
  options: ApplyOptions,
): Promise<void> {
  const open = plans.filter(({ kind }) => kind !== 'same');
  if (options.json !== true) console.log(printPlans(plans));
  const isWanted = options.dryRun !== true && open.length > 0;
  const isApplied = isWanted && (await confirm('Apply?', options.yes === true || options.json === true));
  if (isApplied) await keepCredentials();
  const made = isApplied ? await provisionConsumers(bus, appsAfter(plans, known)) : [];
  const revisions = new Map<string, number>();
  if (isApplied) for (const plan of open) revisions.set(plan.app, await changeOne(bus, plan, change));
  if (options.json === true) {
    const apps = plans.map(({ app, kind, seen, changes }) => ({
      app,
      kind,
      from: seen,
      to: revisions.get(app) ?? null,
      changes,
    }));
    console.log(JSON.stringify({ apps, consumers: made, applied: isApplied }));
    return;
  }
  for (const line of made) console.log(line);
  for (const [app, revision] of revisions) console.log(`app ${app} is at revision ${revision}`);
  if (isWanted && !isApplied) console.log('nothing was changed');
}

/** Consumers come before the first job for them can. */
function appsAfter(plans: readonly AppPlan[], known: readonly AppRevision[]): string[] {
  const there = known.filter(({ document }) => document !== null).map(({ app }) => app);
  return [...new Set([...there, ...plans.map(({ app }) => app)])];
}

async function changeOne(bus: Bus, { app, seen, document }: AppPlan, change: AppChange): Promise<number> {
  const options = { schema: appChangedAnswerSchema };
  const { revision } =
    document === null
      ? await bus.asker.ask(subjects.askRemoveApp(app), { seen, change }, options)
      : await bus.asker.ask(subjects.askConfigureApp(app), { document, seen, change }, options);
  return revision;
}

async function showHistory(app: string, options: HistoryOptions): Promise<void> {
  const all = await withOperator(options, (bus) => readAppHistory(bus, app));
  if (all.length === 0) throw new UsageError(`nothing was ever said about an app ${app}`);
  if (options.json === true) return console.log(JSON.stringify(all));
  const lines = all.flatMap(({ revision, at, change, document }, index) => {
    const road = change === null ? 'before changes had authors' : roadOf(change);
    const before = all[index - 1]?.document ?? null;
    const changes = document === null ? ['removed'] : before === null ? [] : diffApps(before, document);
    return [
      `revision ${revision}  ${new Date(at).toISOString()}  ${road}`,
      ...changes.map((line) => `  ${line}`),
    ];
  });
  console.log(lines.join('\n'));
}

function roadOf({ from, by, because, restored }: AppChange): string {
  const how = { file: 'read at start', apply: 'applied', rollback: `rolled back to ${restored}` }[from];
  return `${how} by ${by}${because === null ? '' : `: ${because}`}`;
}
