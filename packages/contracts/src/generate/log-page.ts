import { secretFields } from '../dead-letter.js';
import { logFields } from '../log-fields.js';

const typeNames = {
  string: 'string',
  strings: 'list of strings',
  number: 'number',
  numbers: 'object of numbers',
  error: 'object',
} as const;

/** `docs/logging.md`. */
export function buildLogPage(): string {
  const rows = Object.entries(logFields).map(
    ([name, { type, says }]) => `| \`${name}\` | ${typeNames[type]} | ${says} |`,
  );
  const secrets = [...secretFields].map((name) => `\`${name}\``).join(', ');
  return `<!-- Generated from packages/contracts/src/log-fields.ts by \`pnpm gen\`. -->
# Logs

Every service writes JSON lines to its standard output, one object a line; \`reveille up\` keeps them in \`logs/<service>.log\` of its
data folder. \`REVEILLE_LOG_LEVEL\` (\`debug\`, \`info\`, \`warn\`, \`error\`; default \`info\`) says what is written. The text of
\`message\` is for people and may change; the fields are what to search by.

## On every line

| field | type | |
| --- | --- | --- |
| \`time\` | string | ISO 8601, UTC, with milliseconds |
| \`level\` | string | \`debug\`: for whoever looks for a fault. \`info\`: the process did what it should. \`warn\`: it will be tried again, or counts for little. \`error\`: somebody should look |
| \`service\` | string | \`gateway\`, \`presence\`, \`router\`, \`vendor-workers\`, \`sandbox\` |
| \`instance\` | string | one process of the service (\`REVEILLE_INSTANCE\`); missing where there is only one |
| \`message\` | string | what happened |

## Where it applies

| field | type | |
| --- | --- | --- |
${rows.join('\n')}

What a message did is not in the logs but in the log of events: \`reveille trace <messageId>\`. A fault that a trace should be found
by has its \`messageId\`.

## What is never in them

A field of one of these names is written as \`[secret]\`, at any depth, errors' causes included: ${secrets}. So is
every value that is a secret by its type (keys, credentials, tokens in the clear), wherever it stands. Bytes are written as their
number (\`[32 bytes]\`), lists up to 100 items. The content of messages is not logged.
`;
}
