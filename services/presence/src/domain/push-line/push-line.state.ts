import type { PushLineSuspected, PushLineTrusted } from '@reveille/contracts/device/push-line';

export type PushLineEvent =
  | { readonly type: 'push-line-suspected'; readonly data: PushLineSuspected }
  | { readonly type: 'push-line-trusted'; readonly data: PushLineTrusted };

/** All of an app's tokens at one vendor: trusted → (too many condemned at once) suspected → (recovered, operator) trusted. */
export interface PushLine {
  /** What led to the suspicion; null while the vendor's word counts. */
  readonly suspicion: PushLineSuspected | null;
}

export const trustedLine: PushLine = { suspicion: null };

export function evolvePushLine(_line: PushLine, event: PushLineEvent): PushLine {
  return event.type === 'push-line-suspected' ? { suspicion: event.data } : trustedLine;
}
