import { type Bus, connectBus } from '@reveille/bus/connect';
import { apply, describeDiff, plan } from '@reveille/bus/provision';
import { buckets, consumersFor, type StreamDefinition, streams } from '@reveille/contracts/streams';
import { UsageError } from '../usage-error.js';

export interface StreamSettings {
  /** How long a `Nats-Msg-Id` is remembered; null: as the contracts say. */
  readonly duplicateWindowMs: number | null;
  /** Where MESSAGES is full and senders are refused; null: as the contracts say. */
  readonly messagesMaxBytes: number | null;
}

const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Makes the server's streams, consumers and buckets match the contracts; gives what it changed (or would change). */
export async function provisionTown(options: {
  url: string;
  seed: string;
  apps: readonly string[];
  settings: StreamSettings;
  onlyShow?: boolean;
}): Promise<string[]> {
  const bus = await connectBus({
    servers: [options.url],
    name: 'operator',
    seed: options.seed,
    inboxPrefix: '_INBOX.operator',
    logger: quiet,
  });
  try {
    const diff = await plan(bus, {
      streams: streams.map((stream) => withSettings(stream, options.settings)),
      consumers: consumersFor(options.apps),
      buckets: Object.values(buckets),
      replicas: 1,
    });
    if (options.onlyShow !== true) {
      if (diff.refusals.length > 0)
        throw new UsageError(`refused, since it would destroy: ${diff.refusals.join('; ')}`);
      await apply(bus, diff);
    }
    return describeDiff(diff);
  } finally {
    await bus.drain();
  }
}

/** Makes the consumers of these apps that are not there yet; gives what it made. Streams and buckets stay as they are. */
export async function provisionConsumers(bus: Bus, apps: readonly string[]): Promise<string[]> {
  const diff = await plan(bus, { streams: [], consumers: consumersFor(apps), buckets: [], replicas: 1 });
  if (diff.refusals.length > 0)
    throw new UsageError(`refused, since it would destroy: ${diff.refusals.join('; ')}`);
  await apply(bus, diff);
  return describeDiff({ ...diff, extras: [] });
}

function withSettings(
  stream: StreamDefinition,
  { duplicateWindowMs, messagesMaxBytes }: StreamSettings,
): StreamDefinition {
  return {
    ...stream,
    ...(duplicateWindowMs === null ? {} : { duplicateWindowMs }),
    ...(messagesMaxBytes === null || stream.name !== 'MESSAGES' ? {} : { maxBytes: messagesMaxBytes }),
  };
}
