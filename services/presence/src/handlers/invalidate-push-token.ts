import type { AppId } from '@reveille/contracts/ids';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { condemnsToken } from '@reveille/contracts/push/outcome';
import type { Clock, Devices, TokenVault } from '../ports.js';

export interface InvalidatePushTokenPorts {
  readonly devices: Devices;
  readonly vault: Pick<TokenVault, 'registeredAt'>;
  readonly clock: Clock;
}

/**
 * Weighs what a vendor said about tokens in one attempt. Every such word, by whatever road it comes, passes here; so this
 * is where a sudden rise of them would be held up.
 */
export const invalidatePushTokens =
  ({ devices, vault, clock }: InvalidatePushTokenPorts) =>
  async (app: AppId, attempted: PushAttempted, traceparent: string | null): Promise<void> => {
    for (const { deviceId, tokenRef, outcome } of attempted.outcomes) {
      if (!condemnsToken(outcome)) continue;
      const address = { app, deviceId, traceparent };
      await devices.handle(address, {
        type: 'invalidate-push-token',
        deviceId,
        tokenRef,
        reason: outcome.reason,
        // A vendor that names no time spoke of the token at some moment after the request went out.
        observedAt: outcome.observedAt ?? attempted.startedAt,
        registeredAt: await vault.registeredAt(address, tokenRef),
        at: clock.now(),
      });
    }
  };
