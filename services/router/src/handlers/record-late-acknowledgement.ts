import type { Acknowledged } from '@reveille/contracts/ask/router';
import type { AppId, MessageId } from '@reveille/contracts/ids';
import type { LateVerdicts, Outbox, Time } from '../ports.js';

export interface RecordLatePorts {
  readonly verdicts: LateVerdicts;
  readonly outbox: Pick<Outbox, 'lateAcknowledged'>;
  readonly time: Time;
  readonly onLost: (error: unknown) => void;
}

const lookAgainMs = 500;
/** Longer than a message can be held, and than a router that died leaves it lying. */
const giveUpMs = 60_000;
const mostWaiting = 20_000;

/**
 * An acknowledgement that came without a live ask: once the verdict is in the view, and if it was a push, it is recorded as
 * late. If the message is still held somewhere, its holder counts it and there is nothing to record.
 */
export function recordLateAcknowledgement(
  ports: RecordLatePorts,
): (app: AppId, acknowledged: Acknowledged, traceparent: string) => void {
  let waiting = 0;
  const record = async (app: AppId, messageId: MessageId, word: Acknowledged, traceparent: string) => {
    const until = ports.time.now() + giveUpMs;
    for (;;) {
      const { user, deviceId, acknowledgedAt } = word;
      const found = await ports.verdicts.verdictOf(app, messageId, user, deviceId);
      if (found !== null) {
        if (found.verdict?.kind !== 'push') return;
        const context = { app, partition: found.partition, causation: messageId, traceparent };
        return ports.outbox.lateAcknowledged(context, { messageId, user, deviceId, acknowledgedAt });
      }
      if (ports.time.now() >= until) return;
      await new Promise<void>((resolve) => {
        ports.time.after(lookAgainMs, resolve);
      });
    }
  };
  return (app, word, traceparent) => {
    for (const messageId of word.messageIds) {
      if (waiting >= mostWaiting) {
        ports.onLost(new Error('too many late acknowledgements wait for their verdict'));
        return;
      }
      waiting += 1;
      record(app, messageId, word, traceparent)
        .catch(ports.onLost)
        .finally(() => {
          waiting -= 1;
        });
    }
  };
}
