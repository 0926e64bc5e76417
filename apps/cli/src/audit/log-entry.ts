import type { DeadLetterSettlement } from '@reveille/contracts/dead-letter';
import type { DeliverySettled } from '@reveille/contracts/delivery/events';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import type { PushJob } from '@reveille/contracts/push/job';

/** A stored fact or waiting job as the audit sees it, in the order of its stream. */
export type LogEntry = {
  readonly app: string;
  readonly sequence: number;
  readonly storedAt: number;
  /** Of the trace that the message began; null where none is told. */
  readonly traceId: string | null;
} & (
  | { readonly type: 'message-accepted'; readonly data: MessageAccepted }
  | { readonly type: 'delivery-settled'; readonly data: DeliverySettled }
  | { readonly type: 'push-attempted'; readonly data: PushAttempted }
  | { readonly type: 'push-closed'; readonly data: PushClosed }
  | { readonly type: 'push-job'; readonly data: PushJob }
  | { readonly type: 'dead-letter-redriven' | 'dead-letter-dropped'; readonly data: DeadLetterSettlement }
);
