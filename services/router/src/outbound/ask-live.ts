import type { Bus } from '@reveille/bus/connect';
import { type LiveAsk, liveAnswerSchema } from '@reveille/contracts/ask/live';
import { header } from '@reveille/contracts/headers';
import { subjects } from '@reveille/contracts/subjects';
import type { LiveAsks } from '../ports.js';

/** The live ask on the bus. An answer that cannot be read is logged and counts as none: the deadline decides. */
export function askLive(bus: Bus): LiveAsks {
  return {
    ask({ app, item, traceparent }, onAnswer, onNobody) {
      const subject = subjects.live(app, item.recipient);
      const body = Buffer.from(JSON.stringify({ message: item } satisfies LiveAsk));
      const { messageId } = item;
      const onReply = (data: Uint8Array): void => {
        const answer = liveAnswerSchema.safeParse(parseJson(data));
        if (answer.success) return onAnswer(answer.data);
        bus.logger.warn('an answer to a live ask cannot be read', { app, messageId });
      };
      return bus.asker.askMany(subject, body, { [header.traceparent]: traceparent }, onReply, onNobody);
    },
  };
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return null;
  }
}
