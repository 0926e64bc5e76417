import type { StreamConfig } from '@nats-io/jetstream';
import { type Bus, type BusOptions, connectBus } from '../connect.js';
import { recordingLogger } from './recording-logger.js';

/** A bus on a server without authentication. */
export function openBus(url: string, options: Partial<BusOptions> = {}): Promise<Bus> {
  return connectBus({
    servers: [url],
    name: 'test',
    seed: null,
    inboxPrefix: '_INBOX.test',
    logger: recordingLogger(),
    ...options,
  });
}

/** A stream with direct get, as all of ours. */
export async function addStream(
  bus: Bus,
  name: string,
  subjects: string[],
  more: Partial<StreamConfig> = {},
): Promise<void> {
  await bus.jsm.streams.add({ name, subjects, allow_direct: true, ...more });
}
