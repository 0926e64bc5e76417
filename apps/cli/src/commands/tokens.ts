import {
  type RestoreTokensAnswer,
  restoreTokensAnswerSchema,
  type TrustPushLineAnswer,
  trustPushLineAnswerSchema,
} from '@reveille/contracts/ask/presence';
import { vendorNames, type VendorName } from '@reveille/contracts/push/vendor';
import { subjects } from '@reveille/contracts/subjects';
import { type Command, InvalidArgumentError } from 'commander';
import { addOperatorFlags, type OperatorFlags, withOperator } from '../town/operator-bus.js';
import { appOf, readReady } from '../town/running-town.js';
import { instantOf } from './instant-of.js';

interface LineOptions extends OperatorFlags {
  readonly app?: string;
  readonly vendor: VendorName;
  readonly json?: boolean;
}
interface RestoreOptions extends LineOptions {
  readonly since: number;
}

/** `reveille tokens`: what an operator does when a vendor has condemned too many of an app's tokens. */
export function addTokens(program: Command): void {
  const tokens = program
    .command('tokens')
    .description('Take back, or believe, what a vendor said about the tokens of an app.');
  lineCommand(
    tokens,
    'restore',
    'Bring back the tokens that were called dead since then; what a device registered meanwhile stays.',
  )
    .requiredOption('--since <time>', 'an ISO time, or how long ago: 90m, 6h, 2d', instantOf)
    .action((options: RestoreOptions) => restore(options));
  lineCommand(
    tokens,
    'trust',
    'Let the word of a vendor count again that is suspected: dead tokens are deleted from now on.',
  ).action((options: LineOptions) => trust(options));
}

function lineCommand(tokens: Command, name: string, description: string): Command {
  return addOperatorFlags(tokens.command(name).description(description))
    .requiredOption('--vendor <name>', vendorNames.join(', '), vendorOf)
    .option('--app <id>', 'the app (default: the first one)')
    .option('--json', 'print one JSON object');
}

async function restore(options: RestoreOptions): Promise<void> {
  const { vendor, since: sinceAt, json } = options;
  const id = appNamed(options);
  const { restored, lost } = await withOperator(options, async (bus) => {
    const sum = { restored: 0, lost: 0 };
    for (;;) {
      const answer: RestoreTokensAnswer = await bus.asker.ask(
        subjects.askRestoreTokens(id),
        { vendor, sinceAt },
        { schema: restoreTokensAnswerSchema, timeoutMs: 30_000 },
      );
      sum.restored += answer.restored;
      sum.lost = answer.lost;
      if (!answer.more) return sum;
    }
  });
  if (json === true) console.log(JSON.stringify({ app: id, vendor, sinceAt, restored, lost }));
  else {
    const gone =
      lost === 0 ? '' : `; ${lost} are gone from the vault: they come back when their devices register again`;
    console.log(
      `${restored} ${vendor} tokens of ${id} that died since ${new Date(sinceAt).toISOString()} are restored${gone}`,
    );
  }
}

async function trust(options: LineOptions): Promise<void> {
  const { vendor, json } = options;
  const id = appNamed(options);
  const { wasSuspected } = await withOperator(options, (bus) =>
    bus.asker.ask<TrustPushLineAnswer>(
      subjects.askTrustPushLine(id),
      { vendor },
      { schema: trustPushLineAnswerSchema },
    ),
  );
  if (json === true) console.log(JSON.stringify({ app: id, vendor, wasSuspected }));
  else
    console.log(
      wasSuspected
        ? `the word of ${vendor} about tokens of ${id} counts again`
        : `${vendor} tokens of ${id} are not suspected: nothing to do`,
    );
}

/** With a server that is not a town's the app must be named. */
function appNamed({ data, app, url }: LineOptions): string {
  return url !== undefined && app !== undefined ? app : appOf(readReady(data), app).id;
}

function vendorOf(text: string): VendorName {
  const name = vendorNames.find((known) => known === text);
  if (name === undefined) throw new InvalidArgumentError(`It is one of ${vendorNames.join(', ')}.`);
  return name;
}
