import { decodeFact } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { Clock } from '@reveille/chassis/clock';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { rerunAnswerSchema } from '@reveille/contracts/ask/dead-letter';
import { isErrorNamed, RefusedError, UnavailableError } from '@reveille/contracts/errors';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import { parseSubject, subjects } from '@reveille/contracts/subjects';
import type { DeliveryEnd, FactReruns, MessageAtHand } from '../ports.js';

/** Longer than the longest deadline of an app: a message that was never decided is asked live first. */
const patienceMs = 20_000;

/** Runs the handlers of consumers again: the router's own, or the one of the service that owns the consumer. */
export function factReruns(
  bus: Bus,
  clock: Clock,
  deliver: (message: MessageAtHand) => Promise<DeliveryEnd>,
): FactReruns {
  return {
    async rerun(consumer, sequence) {
      if (consumer === consumers.deliverMessage.name) {
        const end = await deliver(await messageAt(bus, clock, sequence));
        if (end !== 'settled')
          throw new UnavailableError('the message is at the hands of another router: try again');
      } else if (consumer === consumers.tokenVerdicts.name) {
        const options = { timeoutMs: patienceMs, schema: rerunAnswerSchema };
        await bus.asker.ask(subjects.askRerun(consumer), { sequence }, options);
      } else {
        throw new RefusedError('dead-letter-unfit', `nobody runs ${consumer} again`);
      }
    },
  };
}

async function messageAt(bus: Bus, clock: Clock, position: number): Promise<MessageAtHand> {
  const stored = await bus.getMessage('MESSAGES', position);
  const place = stored === null ? null : parseSubject(stored.subject);
  if (stored === null || place === null || place.partition === null)
    throw new RefusedError('dead-letter-unfit', `MESSAGES holds no message at ${position} any more`);
  try {
    const { id, version, traceparent, data } = decodeFact(stored);
    return {
      app: place.app,
      partition: place.partition,
      position,
      acceptedAt: stored.storedAt,
      takenAt: clock.now(),
      isRepeat: true,
      eventId: id,
      traceparent: traceparent ?? newTraceparent(),
      data: readData('message-accepted', version, data) as MessageAccepted,
      onWaiting: () => undefined,
    };
  } catch (error) {
    if (isErrorNamed(error, 'ContractError'))
      throw new RefusedError('dead-letter-unfit', `it still cannot be read: ${error.message}`);
    throw error;
  }
}
