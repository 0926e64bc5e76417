import type { Command } from 'commander';
import { type AppRevision, readNewestApps } from '../apps/app-log.js';
import {
  type KeptCredential,
  readCredential,
  SealedCredentials,
  sealingOf,
} from '../credentials/sealed-credentials.js';
import {
  addOperatorFlags,
  type OperatorFlags,
  type ReasonFlags,
  whoAsks,
  withOperator,
} from '../town/operator-bus.js';
import { UsageError } from '../usage-error.js';

export interface SealingFlags extends OperatorFlags {
  readonly sealingKeysFile?: string;
}
interface ListFlags extends SealingFlags {
  readonly json?: boolean;
}

/** `reveille credentials`: vendors' credentials that lie sealed in NATS, so that no worker needs a clear file. */
export function addCredentials(program: Command): void {
  const credentials = program
    .command('credentials')
    .description('Keep vendors’ credentials sealed in NATS; apps name them as sealed:<digest>.');
  addSealingFlags(
    credentials.command('put').description('Seal a credential’s file and print the name it has.'),
  )
    .argument('<file>', 'as the vendor gave it: a .p8, a JSON, a secret')
    .option('--by <name>', 'who does it (default: your account on this machine)')
    .action(async (file: string, flags: SealingFlags & Pick<ReasonFlags, 'by'>) => {
      const credential = readCredential(file);
      await withSealed(flags, (sealed) => sealed.put(credential, whoAsks(flags).by));
      console.log(credential.reference);
    });
  addSealingFlags(credentials.command('list').description('List what is kept, and which apps name it.'))
    .option('--json', 'print one JSON array')
    .action((flags: ListFlags) => list(flags));
  addSealingFlags(
    credentials
      .command('reseal')
      .description('Seal everything with the first sealing key, after that was rotated.'),
  ).action(async (flags: SealingFlags) => {
    const count = await withSealed(flags, (sealed) => sealed.reseal());
    console.log(`${count} sealed anew`);
  });
  addSealingFlags(
    credentials
      .command('remove')
      .description('Remove a credential that no app names any more; a rollback to it then fails.'),
  )
    .argument('<name>', 'sealed:<digest>')
    .action((reference: string, flags: SealingFlags) => remove(reference, flags));
}

export function addSealingFlags(command: Command): Command {
  return addOperatorFlags(command).option(
    '--sealing-keys-file <file>',
    'the workers’ sealing keys (default: <data>/keys/sealing.keys)',
  );
}

async function withSealed<T>(
  flags: SealingFlags,
  work: (sealed: SealedCredentials) => Promise<T>,
): Promise<T> {
  const sealing = sealingOf(flags);
  return withOperator(flags, (bus) => work(new SealedCredentials(bus, sealing)));
}

async function list(flags: ListFlags): Promise<void> {
  const sealing = sealingOf(flags);
  const { kept, apps } = await withOperator(flags, async (bus) => ({
    kept: await new SealedCredentials(bus, sealing).list(),
    apps: await readNewestApps(bus),
  }));
  const rows = kept.map((credential) => ({ ...credential, usedBy: usersOf(credential, apps) }));
  if (flags.json === true) return console.log(JSON.stringify(rows));
  if (rows.length === 0) return console.log('none is kept');
  for (const { reference, keptAt, sealingKey, by, usedBy } of rows)
    console.log(
      `${reference}  ${new Date(keptAt).toISOString()}  key ${sealingKey}  by ${by}  ${usedBy.join(', ') || 'not used'}`,
    );
}

async function remove(reference: string, flags: SealingFlags): Promise<void> {
  const sealing = sealingOf(flags);
  await withOperator(flags, async (bus) => {
    const users = usersOf({ reference }, await readNewestApps(bus));
    if (users.length > 0) throw new UsageError(`${reference} is used by ${users.join(', ')}`);
    await new SealedCredentials(bus, sealing).remove(reference);
  });
}

/** `<app>/<vendor>` of those that name it now. */
function usersOf({ reference }: Pick<KeptCredential, 'reference'>, apps: readonly AppRevision[]): string[] {
  return apps.flatMap(({ app, document }) =>
    Object.entries(document?.vendors ?? {}).flatMap(([vendor, settings]) =>
      settings?.credential === reference ? [`${app}/${vendor}`] : [],
    ),
  );
}
