import { join, resolve } from 'node:path';
import { readAppsFile } from '@reveille/chassis/apps-file';
import type { Command } from 'commander';
import { provisionTown } from '../town/provision-town.js';
import { defaultDataFolder, secretIn } from '../town/running-town.js';
import { wholeNumber } from './town-flags.js';

interface StreamsOptions {
  readonly data: string;
  readonly url: string;
  readonly seedFile?: string;
  readonly appsFile?: string;
  readonly duplicateWindowMs?: number;
  readonly messagesMaxBytes?: number;
}

/** `reveille streams diff|apply`: makes a NATS server match the contracts. */
export function addStreams(program: Command): void {
  const streams = program
    .command('streams')
    .description('Make the streams, consumers and buckets of a NATS server match the contracts.');
  for (const verb of ['diff', 'apply'] as const) {
    streams
      .command(verb)
      .description(
        verb === 'diff'
          ? 'Show what "apply" would change.'
          : 'Change what differs; refuses to destroy anything.',
      )
      .option('--data <dir>', 'the folder of a town', defaultDataFolder)
      .option('--url <url>', 'the NATS server', 'nats://127.0.0.1:7420')
      .option('--seed-file <file>', 'the nkey seed of the operator (default: <data>/keys/operator.nkey)')
      .option('--apps-file <file>', 'apps.yaml: push consumers are made per app (default: <data>/apps.yaml)')
      .option(
        '--duplicate-window-ms <n>',
        'how long a Nats-Msg-Id is remembered',
        wholeNumber(100, 3_600_000),
      )
      .option(
        '--messages-max-bytes <n>',
        'where MESSAGES is full and senders are refused',
        wholeNumber(65_536, Number.MAX_SAFE_INTEGER),
      )
      .action(async (options: StreamsOptions) => run(verb, options));
  }
}

async function run(verb: 'diff' | 'apply', options: StreamsOptions): Promise<void> {
  const data = resolve(options.data);
  const lines = await provisionTown({
    url: options.url,
    seed: secretIn(options.seedFile ?? join(data, 'keys', 'operator.nkey')),
    apps: readAppsFile(options.appsFile ?? join(data, 'apps.yaml')).map(({ app }) => app),
    settings: {
      duplicateWindowMs: options.duplicateWindowMs ?? null,
      messagesMaxBytes: options.messagesMaxBytes ?? null,
    },
    onlyShow: verb === 'diff',
  });
  console.log(lines.length === 0 ? 'nothing differs' : lines.join('\n'));
}
