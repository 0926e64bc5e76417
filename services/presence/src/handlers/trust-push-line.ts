import type { TrustPushLineAnswer, TrustPushLineAsk } from '@reveille/contracts/ask/presence';
import type { AppId } from '@reveille/contracts/ids';
import type { Clock, PushLines } from '../ports.js';

/** An operator has looked into it: the vendor's word about this app's tokens counts again. */
export const trustPushLine =
  ({ lines, clock }: { readonly lines: PushLines; readonly clock: Clock }) =>
  async (app: AppId, { vendor }: TrustPushLineAsk): Promise<TrustPushLineAnswer> => {
    const data = { vendor, because: 'operator', trustedAt: clock.now() } as const;
    const { state } = await lines.handle({ app, vendor }, { type: 'trust', data });
    return { wasSuspected: state.suspicion !== null };
  };
