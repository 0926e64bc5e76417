import type { PushLineSuspected, PushLineTrusted } from '@reveille/contracts/device/push-line';

export type PushLineEvent =
  | { readonly type: 'push-line-suspected'; readonly data: PushLineSuspected }
  | { readonly type: 'push-line-trusted'; readonly data: PushLineTrusted };

/** All of an app's tokens at one vendor: trusted → (too many condemned at once) suspected → (recovered, operator) trusted. */
export interface PushLine {
  /** What led to the suspicion; null while the vendor's word counts. */
  readonly suspicion: PushLineSuspected | null;
  /** Since when it counts again, and why; null where it was never suspected, or is. */
  readonly trust: PushLineTrusted | null;
}

export const trustedLine: PushLine = { suspicion: null, trust: null };

export function evolvePushLine(_line: PushLine, event: PushLineEvent): PushLine {
  if (event.type === 'push-line-suspected') return { suspicion: event.data, trust: null };
  return { suspicion: null, trust: event.data };
}
