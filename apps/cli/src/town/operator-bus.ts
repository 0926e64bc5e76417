import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { type Bus, connectBus } from '@reveille/bus/connect';
import type { Command } from 'commander';
import { UsageError } from '../usage-error.js';
import { defaultDataFolder, readReady, secretIn } from './running-town.js';

/** Which NATS server an operator's command speaks to. */
export interface OperatorFlags {
  readonly data: string;
  readonly url?: string;
  readonly seedFile?: string;
}
export interface ReasonFlags {
  readonly by?: string;
  readonly because?: string;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export function addOperatorFlags(command: Command): Command {
  return command
    .option('--data <dir>', 'the folder of a town', defaultDataFolder)
    .option('--url <url>', 'the NATS server (default: the one of the town that runs on the folder)')
    .option('--seed-file <file>', 'the nkey seed of the operator (default: <data>/keys/operator.nkey)');
}

export function addReasonFlags(command: Command): Command {
  return command
    .option('--by <name>', 'who does it (default: your account on this machine)')
    .option('--because <text>', 'why: kept with what is done');
}

export function whoAsks({ by, because }: ReasonFlags): { by: string; because: string | null } {
  return { by: (by ?? userInfo().username).slice(0, 200), because: because?.slice(0, 500) ?? null };
}

/** Hands `work` a connection with the operator's rights. */
export async function withOperator<T>(flags: OperatorFlags, work: (bus: Bus) => Promise<T>): Promise<T> {
  const seedFile = flags.seedFile ?? join(resolve(flags.data), 'keys', 'operator.nkey');
  const url = flags.url ?? readReady(flags.data).urls.nats;
  if (!existsSync(seedFile))
    throw new UsageError(`there is no operator's seed in ${seedFile}: name it with --seed-file`);
  const bus = await connectBus({
    servers: [url],
    name: 'operator',
    seed: secretIn(seedFile),
    inboxPrefix: '_INBOX.operator',
    logger: quiet,
  });
  try {
    return await work(bus);
  } finally {
    await bus.drain();
  }
}
