import { join } from 'node:path';
import { type Bus, connectBus } from '@reveille/bus/connect';
import { isTaken } from '../town/data-lock.js';
import type { ReadyLine } from '../town/ready-line.js';
import { readLastReady, secretIn } from '../town/running-town.js';
import { openEndedTown } from '../town/ended-town.js';
import { UsageError } from '../usage-error.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * Hands the log of a town to `work`, under the key that may read and nothing else. Of a town that has ended nats-server is
 * started for as long as that takes (and the sandbox, for its ledger).
 */
export async function withLog<T>(
  { data, needsSandbox = false }: { data: string; needsSandbox?: boolean },
  work: (bus: Bus, ready: ReadyLine) => Promise<T>,
): Promise<T> {
  const last = readLastReady(data);
  if (isTaken(last.data)) return readWith(last, work);
  const { ready, close } = await openEndedTown(last, needsSandbox && last.ports.sandbox !== null);
  try {
    return await readWith(ready, work);
  } finally {
    await close();
  }
}

async function readWith<T>(ready: ReadyLine, work: (bus: Bus, ready: ReadyLine) => Promise<T>): Promise<T> {
  const bus = await openLog(ready);
  try {
    return await work(bus, ready);
  } finally {
    await bus.drain();
  }
}

async function openLog(ready: ReadyLine): Promise<Bus> {
  const seed = secretIn(join(ready.data, 'keys', 'auditor.nkey'));
  try {
    return await connectBus({
      servers: [ready.urls.nats],
      name: 'auditor',
      seed,
      inboxPrefix: '_INBOX.auditor',
      logger: quiet,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`the log cannot be read: ${why}`, { cause });
  }
}
