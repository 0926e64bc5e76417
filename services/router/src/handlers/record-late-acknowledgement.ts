import type { Acknowledged } from '@reveille/contracts/ask/router';
import type { AppId } from '@reveille/contracts/ids';
import type { LateVerdicts, Outbox, Time } from '../ports.js';
import { LateWords } from '../protocol/late-words.js';

export interface RecordLatePorts {
  readonly verdicts: LateVerdicts;
  readonly outbox: Pick<Outbox, 'lateAcknowledged'>;
  readonly time: Time;
  readonly onLost: (error: unknown, count: number) => void;
}

/**
 * An acknowledgement that came without a live ask: once the verdict is in the view, and if it was a push, it is recorded as
 * late. If the message is still held somewhere, its holder counts it and there is nothing to record.
 */
export function recordLateAcknowledgement({
  verdicts,
  outbox,
  time,
  onLost,
}: RecordLatePorts): (app: AppId, acknowledged: Acknowledged, traceparent: string) => void {
  const words = new LateWords({
    time,
    verdicts,
    onLost,
    found: async (
      { app, messageId, user, deviceId, acknowledgedAt, traceparent },
      { verdict, partition },
    ) => {
      if (verdict?.kind !== 'push') return;
      const context = { app, partition, causation: messageId, traceparent };
      await outbox.lateAcknowledged(context, { messageId, user, deviceId, acknowledgedAt });
    },
  });
  return (app, { messageIds, ...said }, traceparent) => {
    for (const messageId of messageIds) words.add({ app, messageId, ...said, traceparent });
  };
}
