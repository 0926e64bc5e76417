import type { Bus } from '@reveille/bus/connect';
import { settleDeadLetterAnswerSchema } from '@reveille/contracts/ask/dead-letter';
import { isErrorNamed } from '@reveille/contracts/errors';
import { subjects } from '@reveille/contracts/subjects';
import type { Command } from 'commander';
import { confirm } from '../confirm.js';
import { chooseLetters, type LetterChoice } from '../dead-letters/choose-letters.js';
import { type Letter, readLetters } from '../dead-letters/letter-log.js';
import { printLetter } from '../dead-letters/tell-letters.js';
import {
  addOperatorFlags,
  addReasonFlags,
  type OperatorFlags,
  type ReasonFlags,
  whoAsks,
  withOperator,
} from '../town/operator-bus.js';
import { UsageError } from '../usage-error.js';
import { instantOf } from './instant-of.js';
import { wholeNumber } from './town-flags.js';

interface ChoiceFlags extends OperatorFlags {
  readonly app?: string;
  readonly vendor?: string;
  readonly consumer?: string;
  readonly reason?: string;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
  readonly all?: boolean;
  readonly json?: boolean;
}
interface SettleFlags extends ChoiceFlags, ReasonFlags {
  readonly yes?: boolean;
}
type Verb = 'redrive' | 'drop';

/** A message that was never decided is asked live before it is. */
const patienceMs = 30_000;
const atOnce = 8;

/** `reveille dead-letters`: work that was given up, and what to do about it. */
export function addDeadLetters(program: Command): void {
  const letters = program
    .command('dead-letters')
    .description('See work that was given up; begin it again, or leave it at that.');
  addChoiceFlags(
    letters.command('list').description('List letters, oldest first: those that wait for somebody.'),
  )
    .option('--all', 'also those that were redriven or dropped')
    .action((options: ChoiceFlags) => list(options));
  addOperatorFlags(letters.command('show').description('Show a letter whole, without secrets.'))
    .argument('<letter>', 'its number', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .action((letter: number, options: OperatorFlags) => show(letter, options));
  const verbs: readonly [Verb, string][] = [
    ['redrive', 'Begin work again: jobs go to the vendor with the token of now, facts to their handler.'],
    ['drop', 'Leave work given up; the letter stays until it is 30 days old.'],
  ];
  for (const [verb, description] of verbs)
    addReasonFlags(addChoiceFlags(letters.command(verb).description(description)))
      .argument<number[]>(
        '[letters...]',
        'their numbers',
        (text, all) => [...all, wholeNumber(1, Number.MAX_SAFE_INTEGER)(text)],
        [],
      )
      .option('--all', 'every letter that waits')
      .option('-y, --yes', 'do not ask')
      .action((numbers: number[], options: SettleFlags) => settle(verb, numbers, options));
}

function addChoiceFlags(command: Command): Command {
  return addOperatorFlags(command)
    .option('--app <id>', 'of this app')
    .option('--vendor <name>', 'of this vendor')
    .option('--consumer <name>', 'that this consumer gave up, for instance router-deliver-message')
    .option('--reason <text>', 'whose reason has this in it, for instance unclassified')
    .option('--since <time>', 'given up since then: an ISO time, or how long ago: 90m, 6h, 2d', instantOf)
    .option('--until <time>', 'given up before then', instantOf)
    .option('--limit <n>', 'the first so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('--json', 'print JSON');
}

const choiceOf = (numbers: readonly number[], flags: ChoiceFlags): LetterChoice => ({
  numbers,
  app: flags.app ?? null,
  vendor: flags.vendor ?? null,
  consumer: flags.consumer ?? null,
  reason: flags.reason ?? null,
  sinceAt: flags.since ?? null,
  untilAt: flags.until ?? null,
  limit: flags.limit ?? null,
});

async function list(flags: ChoiceFlags): Promise<void> {
  const all = await withOperator(flags, readLetters);
  const open = flags.all === true ? all : all.filter(({ end }) => end === null);
  const chosen = chooseLetters(open, choiceOf([], flags));
  if (flags.json === true) console.log(JSON.stringify(chosen));
  else console.log(chosen.length === 0 ? 'there are none' : chosen.map(printLetter).join('\n'));
}

async function show(number: number, flags: OperatorFlags): Promise<void> {
  const letter = (await withOperator(flags, readLetters)).find((candidate) => candidate.letter === number);
  if (letter === undefined) throw new UsageError(`there is no dead letter ${number}`);
  console.log(JSON.stringify(letter, null, 2));
}

async function settle(verb: Verb, numbers: readonly number[], flags: SettleFlags): Promise<void> {
  const choice = choiceOf(numbers, flags);
  const { numbers: _numbers, limit: _limit, ...filters } = choice;
  if (flags.all !== true && numbers.length === 0 && Object.values(filters).every((value) => value === null))
    throw new UsageError(`say which to ${verb}: their numbers, a filter such as --vendor, or --all`);
  await withOperator(flags, async (bus) => {
    const chosen = chooseLetters(
      (await readLetters(bus)).filter(({ end }) => end === null),
      choice,
    );
    if (flags.json !== true) for (const letter of chosen) console.log(printLetter(letter));
    const gone = numbers.filter((number) => !chosen.some(({ letter }) => letter === number));
    if (gone.length > 0) throw new UsageError(`these do not wait any more, or never did: ${gone.join(', ')}`);
    const question = `${verb} ${chosen.length} of them?`;
    if (chosen.length > 0 && !(await confirm(question, flags.yes === true || flags.json === true)))
      return console.log('nothing was changed');
    report(verb, await settleAll(bus, verb, chosen, flags), flags.json === true);
  });
}

interface Settled {
  readonly letter: number;
  /** Null: it is done. */
  readonly refused: string | null;
}

async function settleAll(
  bus: Bus,
  verb: Verb,
  letters: readonly Letter[],
  flags: SettleFlags,
): Promise<Settled[]> {
  const who = whoAsks(flags);
  const subject = verb === 'redrive' ? subjects.askRedriveDeadLetter() : subjects.askDropDeadLetter();
  const options = { timeoutMs: patienceMs, schema: settleDeadLetterAnswerSchema };
  const settled: Settled[] = [];
  const showsProgress = flags.json !== true && process.stderr.isTTY && letters.length > atOnce;
  for (let start = 0; start < letters.length; start += atOnce) {
    const some = letters.slice(start, start + atOnce).map(async ({ letter }): Promise<Settled> => {
      try {
        await bus.asker.ask(subject, { letter, ...who }, options);
        return { letter, refused: null };
      } catch (error) {
        // One that is refused, or whose handler cannot end now, does not hold back the others.
        if (isErrorNamed(error, 'RefusedError') || isErrorNamed(error, 'UnavailableError'))
          return { letter, refused: error.message };
        throw error;
      }
    });
    settled.push(...(await Promise.all(some)));
    if (showsProgress) process.stderr.write(`\r${settled.length} of ${letters.length}`);
  }
  if (showsProgress) process.stderr.write('\r\u001b[K');
  return settled;
}

function report(verb: Verb, settled: readonly Settled[], asJson: boolean): void {
  const refused = settled.filter((one) => one.refused !== null);
  if (refused.length > 0) process.exitCode = 1;
  if (asJson) return console.log(JSON.stringify(settled));
  for (const one of refused) console.log(`${one.letter}: ${one.refused}`);
  const word = verb === 'redrive' ? 'redriven' : 'dropped';
  console.log(
    `${settled.length - refused.length} ${word}${refused.length === 0 ? '' : `, ${refused.length} not`}`,
  );
}
