import type { Acknowledged } from '@reveille/contracts/ask/router';
import { isRetryable } from '@reveille/contracts/errors';
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
  const tryOnce = async (app: AppId, messageId: MessageId, word: Acknowledged, traceparent: string) => {
    const { user, deviceId, acknowledgedAt } = word;
    const found = await ports.verdicts.verdictOf(app, messageId, user, deviceId);
    if (found === null) return false;
    if (found.verdict?.kind !== 'push') return true;
    const context = { app, partition: found.partition, causation: messageId, traceparent };
    await ports.outbox.lateAcknowledged(context, { messageId, user, deviceId, acknowledgedAt });
    return true;
  };
  const record = async (app: AppId, messageId: MessageId, word: Acknowledged, traceparent: string) => {
    const until = ports.time.now() + giveUpMs;
    for (;;) {
      // A store or a log that is away for the moment is waited for like a verdict that is not there yet.
      const isOver = await tryOnce(app, messageId, word, traceparent).catch((error: unknown) => {
        if (!isRetryable(error) || ports.time.now() >= until) throw error;
        return false;
      });
      if (isOver || ports.time.now() >= until) return;
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
