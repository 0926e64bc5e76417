import { ConfigError } from '@reveille/contracts/errors';
import { Command, CommanderError } from 'commander';
import { addApply } from './commands/apply.js';
import { addAudit } from './commands/audit.js';
import { addContainers } from './commands/containers.js';
import { addCredentials } from './commands/credentials.js';
import { addDeadLetters } from './commands/dead-letters.js';
import { addDemo } from './commands/demo.js';
import { addPhones } from './commands/phones.js';
import { addReceipts } from './commands/receipts.js';
import { addRegister } from './commands/register.js';
import { addSend } from './commands/send.js';
import { addStatus } from './commands/status.js';
import { addStreams } from './commands/streams.js';
import { addToken } from './commands/token.js';
import { addTokens } from './commands/tokens.js';
import { addTrace } from './commands/trace.js';
import { addUp } from './commands/up.js';

const program = new Command('reveille')
  .description(
    'Offline push for instant messaging: wakes devices when messages arrive, and says why it did or did not.',
  )
  .version('0.1.0')
  // What stands behind a command of a command is its own.
  .enablePositionalOptions()
  .addHelpText('after', '\n"./reveille test" checks everything; "./reveille test --help" says how.')
  .configureOutput({ outputError: (words, write) => write(asSentence(words)) })
  .exitOverride();

/** Commander's word in our dialect: `reveille: <one sentence that says what to do>`. */
function asSentence(words: string): string {
  const fault = words
    .replace(/^error: /, '')
    .replace(' is invalid. ', ' is invalid: ')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '');
  return `reveille: ${fault}; --help says what there is\n`;
}

for (const add of [
  addUp,
  addDemo,
  addTrace,
  addAudit,
  addPhones,
  addReceipts,
  addRegister,
  addSend,
  addStatus,
  addToken,
  addTokens,
  addStreams,
  addApply,
  addDeadLetters,
  addCredentials,
  addContainers,
])
  add(program);

// `reveille … | head` closes our output early: that is the reader's good right.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = complain(error);
}

/** One sentence for what the person at the terminal can mend; the whole error for a bug of ours. */
function complain(error: unknown): number {
  // Commander has said its word already: help and version are no faults.
  if (error instanceof CommanderError) return error.exitCode;
  if (!(error instanceof Error)) throw error;
  // Every fault at its place, one a line, as tools that read `file:line:column:` want it.
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.faults.join('\n')}\n`);
    return 1;
  }
  const mendable = ['UsageError', 'UnavailableError', 'ForbiddenError', 'TimeoutError', 'RefusedError'];
  process.stderr.write(
    `reveille: ${mendable.includes(error.name) ? error.message : (error.stack ?? error.message)}\n`,
  );
  return 1;
}
