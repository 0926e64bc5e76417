import { decodeFact } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { Clock } from '@reveille/chassis/clock';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { rerunAnswerSchema } from '@reveille/contracts/ask/dead-letter';
import type { Envelope } from '@reveille/contracts/envelope';
import { isErrorNamed, RefusedError, UnavailableError } from '@reveille/contracts/errors';
import type { AppId, Instant } from '@reveille/contracts/ids';
import type { MessageAccepted, MessageRevoked } from '@reveille/contracts/message/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import { parseSubject, subjects } from '@reveille/contracts/subjects';
import type { DeliveryEnd, FactReruns, MessageAtHand, RevocationAtHand } from '../ports.js';

/** Longer than the longest deadline of an app: a message that was never decided is asked live first. */
const patienceMs = 20_000;

/** The handlers of the router's own consumers. */
export interface OwnHandlers {
  readonly deliver: (message: MessageAtHand) => Promise<DeliveryEnd>;
  readonly withdraw: (revocation: RevocationAtHand) => Promise<'done' | 'left'>;
}

/** Runs the handlers of consumers again: the router's own, or the one of the service that owns the consumer. */
export function factReruns(bus: Bus, clock: Clock, { deliver, withdraw }: OwnHandlers): FactReruns {
  return {
    async rerun(consumer, sequence) {
      if (consumer === consumers.deliverMessage.name) {
        const end = await deliver(await messageAt(bus, clock, sequence));
        if (end !== 'settled')
          throw new UnavailableError('the message is at the hands of another router: try again');
      } else if (consumer === consumers.withdrawPushes.name) {
        if ((await withdraw(await revocationAt(bus, sequence))) === 'left')
          throw new UnavailableError('not all recipients of the message have a verdict yet: try again');
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
  const { app, partition, fact, storedAt } = await factAt(bus, 'message-accepted', position);
  return {
    app,
    partition,
    position,
    acceptedAt: storedAt,
    takenAt: clock.now(),
    isRepeat: true,
    eventId: fact.id,
    traceparent: fact.traceparent ?? newTraceparent(),
    data: fact.data as MessageAccepted,
    onWaiting: () => undefined,
  };
}

async function revocationAt(bus: Bus, position: number): Promise<RevocationAtHand> {
  const { app, fact, storedAt: revokedAt } = await factAt(bus, 'message-revoked', position);
  const { messageId } = fact.data as MessageRevoked;
  const traceparent = fact.traceparent ?? newTraceparent();
  return { app, position, eventId: fact.id, traceparent, revokedAt, messageId };
}

interface FoundFact {
  readonly app: AppId;
  readonly partition: number;
  readonly storedAt: Instant;
  readonly fact: Pick<Envelope<unknown>, 'id' | 'traceparent' | 'data'>;
}

async function factAt(
  bus: Bus,
  type: 'message-accepted' | 'message-revoked',
  position: number,
): Promise<FoundFact> {
  const stored = await bus.getMessage('MESSAGES', position);
  const place = stored === null ? null : parseSubject(stored.subject);
  if (stored === null || place === null || place.partition === null)
    throw new RefusedError('dead-letter-unfit', `MESSAGES holds no message at ${position} any more`);
  const { app, partition } = place;
  try {
    const { id, version, traceparent, data } = decodeFact(stored);
    const fact = { id, traceparent, data: readData(type, version, data) };
    return { app, partition, storedAt: stored.storedAt, fact };
  } catch (error) {
    if (isErrorNamed(error, 'ContractError'))
      throw new RefusedError('dead-letter-unfit', `it still cannot be read: ${error.message}`);
    throw error;
  }
}
