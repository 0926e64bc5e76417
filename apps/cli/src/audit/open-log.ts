import { join } from 'node:path';
import { type Bus, connectBus } from '@reveille/bus/connect';
import { secretIn } from '../town/running-town.js';
import type { ReadyLine } from '../town/ready-line.js';
import { UsageError } from '../usage-error.js';

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Opens the log of a running town under the key that may read and nothing else. */
export async function openLog(ready: ReadyLine): Promise<Bus> {
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
