import type { RestoreTokensAnswer, RestoreTokensAsk } from '@reveille/contracts/ask/presence';
import type { AppId } from '@reveille/contracts/ids';
import type { Clock, DeadTokens, Devices } from '../ports.js';
import { restoreDead } from '../protocol/restore-dead.js';

export interface RestoreTokensPorts {
  readonly devices: Devices;
  readonly vault: DeadTokens;
  readonly clock: Clock;
}

/** An operator takes a vendor's words back: some of the tokens that died since then come back, and whether there are more. */
export const restoreTokens =
  (ports: RestoreTokensPorts) =>
  async (app: AppId, { vendor, sinceAt }: RestoreTokensAsk): Promise<RestoreTokensAnswer> => {
    const line = { app, vendor };
    const tokens = await ports.vault.deadSince(line, sinceAt);
    await restoreDead(ports, line, tokens, 'operator');
    const lost = await ports.vault.lostSince(line, sinceAt);
    return { restored: tokens.length, lost, more: tokens.length > 0 };
  };
