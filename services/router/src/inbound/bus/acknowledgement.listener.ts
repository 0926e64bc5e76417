import type { Bus } from '@reveille/bus/connect';
import { type AskHandler, type Responder, respond } from '@reveille/bus/respond';
import { childTraceparent } from '@reveille/chassis/telemetry';
import { type Acknowledged, acknowledgedSchema } from '@reveille/contracts/ask/router';
import type { AppId } from '@reveille/contracts/ids';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';

export interface AcknowledgementHandlers {
  /** In every router: one of them may hold the message. */
  readonly count: (app: AppId, word: Acknowledged) => void;
  /** In one router: it records what came too late. */
  readonly recordLate: (app: AppId, word: Acknowledged, traceparent: string) => void;
}

const lateQueue = 'router-late';

/** Hears acknowledgements that came without a live ask. */
export function listenForAcknowledgements(
  bus: Bus,
  { count, recordLate }: AcknowledgementHandlers,
): Responder {
  const hear = (queue: string | null, act: (app: AppId, word: Acknowledged, traceparent: string) => void) => {
    const onWord: AskHandler = (body, { subject, traceparent }) => {
      const place = parseSubject(subject);
      const word = acknowledgedSchema.safeParse(body);
      if (place !== null && word.success) act(place.app, word.data, traceparent ?? childTraceparent(null));
      else bus.logger.warn('an acknowledgement cannot be read', { subject });
    };
    return respond(bus, subjectPatterns.acknowledged, { queue }, onWord);
  };
  const responders = [hear(null, (app, word) => count(app, word)), hear(lateQueue, recordLate)];
  return {
    async stop() {
      await Promise.all(responders.map((responder) => responder.stop()));
    },
  };
}
