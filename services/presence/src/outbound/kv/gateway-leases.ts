import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import type { GatewayId, Instant } from '@reveille/contracts/ids';
import { buckets } from '@reveille/contracts/streams';
import type { Clock } from '../../ports.js';

/** Which gateways live. */
export interface GatewayLeases {
  /** The gateway lives; all presences hear it. */
  renew(gatewayId: GatewayId): Promise<void>;
  /** False once a gateway has been silent for a whole lease, during which this process could have heard it. */
  isLive(gatewayId: GatewayId, sinceAt: Instant): boolean;
  stop(): void;
}

const { name, ttlMs: leaseMs } = buckets.gatewayLeases;

/**
 * Hears renewals by its own clock. A process that was not there, or not connected, gives every gateway a whole lease from the
 * moment when it can hear again: a silence of ours is not a death of theirs.
 */
export async function openGatewayLeases(bus: Bus, clock: Clock): Promise<GatewayLeases> {
  const bucket = openBucket(bus, name);
  const heardAt = new Map<GatewayId, Instant>();
  const prefix = `$KV.${name}.`;
  let hearingSince = clock.now();
  const subscription = bus.nc.subscribe(`${prefix}>`, {
    callback: (error, message) => {
      if (error === null) heardAt.set(message.subject.slice(prefix.length), clock.now());
    },
  });
  const unlisten = bus.listen({
    connected: () => {
      hearingSince = clock.now();
    },
  });
  await bus.nc.flush();
  const forgetSilent = () => {
    for (const [gatewayId, at] of heardAt) if (at + leaseMs < clock.now()) heardAt.delete(gatewayId);
  };
  return {
    async renew(gatewayId) {
      forgetSilent();
      heardAt.set(gatewayId, clock.now());
      await bucket.put(gatewayId, Buffer.from(JSON.stringify({ renewedAt: clock.now() })));
    },
    isLive(gatewayId, sinceAt) {
      const lastSign = Math.max(heardAt.get(gatewayId) ?? 0, hearingSince, sinceAt);
      return clock.now() < lastSign + leaseMs;
    },
    stop() {
      subscription.unsubscribe();
      unlisten();
    },
  };
}
