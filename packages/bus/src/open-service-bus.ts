import { type Bus, type BusLogger, connectBus } from './connect.js';
import { inboxPrefixOf } from './nats-config.js';
import type { ServiceName } from '@reveille/contracts/permissions';

export interface ServiceBusOptions {
  readonly service: ServiceName;
  readonly instance: string;
  readonly url: string;
  /** The nkey seed of the service; null for a server without authentication. */
  readonly seed: string | null;
  readonly logger: BusLogger;
  readonly clock: { now(): number };
  /** Hears whether the connection is there, as its part `nats`. */
  readonly health: { set(name: string, isOk: boolean, detail?: string): void };
  onLost?(): void;
  onFound?(): void;
}

/** The connection of a service under its own identity and inbox, watched by its health. */
export async function openServiceBus(options: ServiceBusOptions): Promise<Bus> {
  const { service, instance, url, seed, logger, clock, health } = options;
  const bus = await connectBus({
    servers: [url],
    name: `${service} ${instance}`,
    seed,
    inboxPrefix: inboxPrefixOf(service),
    logger,
    clock,
    onDisconnect: () => {
      health.set('nats', false, 'the connection is lost');
      options.onLost?.();
    },
    onReconnect: () => {
      health.set('nats', true);
      options.onFound?.();
    },
  });
  health.set('nats', true);
  return bus;
}
