import type { ServiceName } from '@reveille/contracts/permissions';
import { checkProvisioned } from './check-provisioned.js';
import { type Bus, type BusLogger, connectBus } from './connect.js';
import { inboxPrefixOf } from './nats-config.js';

export interface ServiceBusOptions {
  readonly service: ServiceName;
  readonly config: {
    readonly instance: string;
    readonly natsUrl: string;
    /** Null for a server without authentication. */
    readonly natsSeed: { expose(): string } | null;
  };
  /** What must be there, as it is defined, before the service may start. */
  readonly needed: Parameters<typeof checkProvisioned>[1];
  readonly logger: BusLogger;
  readonly clock: { now(): number };
  /** Hears whether the connection is there, as its part `nats`. */
  readonly health: { set(name: string, isOk: boolean, detail?: string): void };
  onLost?(): void;
  onFound?(): void;
}

/** The connection of a service under its own identity and inbox, watched by its health, to a server that has what it needs. */
export async function openServiceBus(options: ServiceBusOptions): Promise<Bus> {
  const { service, config, needed, logger, clock, health } = options;
  const bus = await connectBus({
    servers: [config.natsUrl],
    name: `${service} ${config.instance}`,
    seed: config.natsSeed?.expose() ?? null,
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
  try {
    await checkProvisioned(bus, needed);
  } catch (error) {
    await bus.drain();
    throw error;
  }
  health.set('nats', true);
  return bus;
}
