import type { AppId } from '@reveille/contracts/ids';
import { type ServiceName, serviceNames } from '@reveille/contracts/permissions';
import { buckets, consumersFor, type StreamDefinition, streams } from '@reveille/contracts/streams';
import { type Bus, type BusOptions, connectBus } from '../connect.js';
import { generateNatsConfig, inboxPrefixOf } from '../nats-config.js';
import { createNatsKey, type NatsKeyPair } from '../nkeys.js';
import { apply, plan } from '../provision.js';
import { startNatsServer, type TestNatsServer } from './nats-server.js';
import { recordingLogger } from './recording-logger.js';

export interface TownServerOptions {
  readonly apps: readonly { readonly app: AppId; readonly answersLive?: boolean }[];
  /** Changes to the streams of the contracts, for instance a short deduplication window. */
  readonly alterStream?: (stream: StreamDefinition) => StreamDefinition;
}

/** A real nats-server with the generated configuration, the streams of the contracts and an identity for everybody. */
export interface TownServer {
  readonly server: TestNatsServer;
  readonly keys: Readonly<Record<ServiceName, NatsKeyPair>>;
  readonly platformKeys: ReadonlyMap<AppId, NatsKeyPair>;
  connectAs(identity: ServiceName, options?: Partial<BusOptions>): Promise<Bus>;
  stop(): Promise<void>;
}

export async function startTownServer(options: TownServerOptions): Promise<TownServer> {
  const keys = Object.fromEntries(serviceNames.map((name) => [name, createNatsKey()])) as Record<
    ServiceName,
    NatsKeyPair
  >;
  const platformKeys = new Map(options.apps.map(({ app }) => [app, createNatsKey()]));
  const server = await startNatsServer({
    configText: (place) =>
      generateNatsConfig({
        ...place,
        keys: Object.fromEntries(serviceNames.map((name) => [name, keys[name].publicKey])) as Record<
          ServiceName,
          string
        >,
        apps: options.apps.map(({ app, answersLive }) => ({
          app,
          platformKey: platformKeys.get(app)?.publicKey ?? null,
          answersLive: answersLive ?? false,
        })),
      }),
  });
  const connectAs = (identity: ServiceName, more: Partial<BusOptions> = {}) =>
    connectBus({
      servers: [server.url],
      name: identity,
      seed: keys[identity].seed,
      inboxPrefix: inboxPrefixOf(identity),
      logger: recordingLogger(),
      ...more,
    });
  const operator = await connectAs('operator');
  const alter = options.alterStream ?? ((stream: StreamDefinition) => stream);
  const diff = await plan(operator, {
    streams: streams.map(alter),
    consumers: consumersFor(options.apps.map(({ app }) => app)),
    buckets: Object.values(buckets),
    replicas: 1,
  });
  await apply(operator, diff);
  await operator.drain();
  return { server, keys, platformKeys, connectAs, stop: () => server.stop() };
}
