import type { AppId, Instant } from '@reveille/contracts/ids';
import type { MessageAccepted } from '@reveille/contracts/message/events';

/** An accepted message as it was taken from the log. */
export interface MessageAtHand {
  readonly app: AppId;
  readonly partition: number;
  /** Its sequence in MESSAGES. */
  readonly position: number;
  readonly acceptedAt: Instant;
  readonly takenAt: Instant;
  /** It may have been handled before. */
  readonly isRepeat: boolean;
  /** The id of its envelope. */
  readonly eventId: string;
  readonly traceparent: string;
  readonly data: MessageAccepted;
  /** Called when nothing but an acknowledgement or a deadline is waited for. */
  readonly onWaiting: () => void;
}

/**
 * What became of it: `left` = held for too long, another router has it by now; `handed-back` = this router ends before its
 * recipients were decided.
 */
export type DeliveryEnd = 'settled' | 'left' | 'handed-back';
