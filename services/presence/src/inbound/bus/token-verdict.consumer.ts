import type { Bus } from '@reveille/bus/connect';
import { type ConsumerHandle, type Delivery, runConsumer } from '@reveille/bus/consume';
import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import { done } from '@reveille/bus/disposition';
import { type Responder, respond } from '@reveille/bus/respond';
import { rerunAskSchema } from '@reveille/contracts/ask/dead-letter';
import type { Envelope } from '@reveille/contracts/envelope';
import { ContractError, isErrorNamed, RefusedError } from '@reveille/contracts/errors';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { condemnsToken } from '@reveille/contracts/push/outcome';
import { type PushReceipted, receiptCondemns } from '@reveille/contracts/push/receipt';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import { subjects } from '@reveille/contracts/subjects';
import type { weighVerdicts } from '../../handlers/weigh-verdicts.js';
import { askQueue, readAsk } from './read-ask.js';

const maxInFlight = 100;

type Said = Parameters<ReturnType<typeof weighVerdicts>>[0];
type Verdicts = Pick<Said, 'vendor' | 'source' | 'heard' | 'words'>;

/** Takes what condemns a token: attempts and receipts. What a vendor said of anything else does not come here. */
export function consumeTokenVerdicts(bus: Bus, weigh: (said: Said) => Promise<unknown>): ConsumerHandle {
  const { stream, name, ackWaitMs } = consumers.tokenVerdicts;
  return runConsumer(bus, {
    stream,
    consumer: name,
    maxInFlight,
    ackWaitMs,
    async handle({ envelope, sequence, storedAt }: Delivery) {
      await weigh(wordOf(envelope, sequence, storedAt));
      return done;
    },
  });
}

/** Weighs a stored verdict again, for the router, which an operator has asked. */
export function answerTokenVerdictReruns(bus: Bus, weigh: (said: Said) => Promise<unknown>): Responder {
  const { stream, name } = consumers.tokenVerdicts;
  return respond(bus, subjects.askRerun(name), { queue: askQueue }, async (body) => {
    const { sequence } = readAsk(rerunAskSchema, body);
    const stored = await bus.getMessage(stream, sequence);
    if (stored === null)
      throw new RefusedError('dead-letter-unfit', `${stream} holds nothing at ${sequence} any more`);
    await weigh(readAgain(stored));
    return { done: true };
  });
}

function readAgain(stored: StoredMessage): Said {
  try {
    return wordOf(decodeFact(stored), stored.sequence, stored.storedAt);
  } catch (error) {
    if (isErrorNamed(error, 'ContractError'))
      throw new RefusedError('dead-letter-unfit', `it still cannot be read: ${error.message}`);
    throw error;
  }
}

function wordOf(
  { app, type, version, data, traceparent }: Envelope<unknown>,
  position: number,
  saidAt: number,
): Said {
  return { ...verdictsOf(type, readData(type, version, data)), app, position, saidAt, traceparent };
}

function verdictsOf(type: string, data: unknown): Verdicts {
  if (type === 'push-attempted') return ofAttempt(data as PushAttempted);
  if (type === 'push-receipted') return ofReceipt(data as PushReceipted);
  throw new ContractError(`${type} says nothing of a token`);
}

function ofAttempt({ vendor, outcomes, startedAt }: PushAttempted): Verdicts {
  const words = outcomes.flatMap(({ deviceId, tokenRef, outcome }) => {
    if (!condemnsToken(outcome)) return [];
    // A vendor that names no time spoke of the token at some moment after the request went out.
    return [{ deviceId, tokenRef, reason: outcome.reason, observedAt: outcome.observedAt ?? startedAt }];
  });
  const heard = outcomes.filter(({ outcome }) => outcome.kind !== 'deferred').length;
  return { vendor, source: 'answer', heard, words };
}

function ofReceipt(receipt: PushReceipted): Verdicts {
  const { vendor, source, deviceId, tokenRef, observedAt } = receipt;
  if (!receiptCondemns(receipt) || deviceId === null || tokenRef === null)
    throw new ContractError('the receipt condemns no token');
  return {
    vendor,
    source,
    heard: 1,
    words: [{ deviceId, tokenRef, reason: 'token-unregistered', observedAt }],
  };
}
