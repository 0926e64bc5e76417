import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from '@reveille/chassis/logger';
import { doneAnswerSchema } from '@reveille/contracts/ask/presence';
import { isRetryable } from '@reveille/contracts/errors';
import type { GatewayId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Clock, Owners } from '../ports.js';

export interface GatewayLeaseOptions {
  readonly gatewayId: GatewayId;
  readonly owners: Owners;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Presence may start after the gateway. */
const firstWithinMs = 30_000;
const againMs = 250;

/** The lease of this gateway: without it presence thinks that its sessions are gone. */
export function gatewayLease({ gatewayId, owners, clock, logger }: GatewayLeaseOptions) {
  const lease = () => owners.ask(subjects.askLeaseGateway(), { gatewayId }, doneAnswerSchema);
  return {
    /** Resolves when presence has it. */
    async first(): Promise<void> {
      const deadline = clock.now() + firstWithinMs;
      for (;;) {
        try {
          await lease();
          return;
        } catch (error) {
          if (!isRetryable(error) || clock.now() > deadline) throw error;
          await pause(againMs);
        }
      }
    },
    renew: (): void =>
      void lease().catch((error: unknown) =>
        logger.warn('the lease of this gateway was not renewed', { error }),
      ),
  };
}
