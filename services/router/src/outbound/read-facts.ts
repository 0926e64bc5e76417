import type { Delivery } from '@reveille/bus/consume';
import { storedTypes } from '@reveille/contracts/catalog';
import type { LogFields } from '@reveille/contracts/log-fields';
import { readData } from '@reveille/contracts/read-data';
import { parseSubject } from '@reveille/contracts/subjects';
import type { DeliveryFact } from '../projections/deliveries.projection.js';
import type { MessageFact } from '../projections/messages.projection.js';
import type { PushFact } from '../projections/pushes.projection.js';

interface Logger {
  warn(message: string, fields?: LogFields): void;
}

/** The facts of a batch; what is not of the contracts is left out and logged, since its consumer parks it. */
function readFacts<Fact>(
  batch: readonly Delivery[],
  context: string,
  logger: Logger,
  types: ReadonlySet<string>,
): Fact[] {
  const facts: Fact[] = [];
  for (const { subject, sequence, storedAt, envelope } of batch) {
    const place = parseSubject(subject);
    if (place === null || place.event === null || !types.has(place.event)) continue;
    const { app, partition, event } = place;
    try {
      const data = dataOf(`${context}-${event}`, envelope.version, envelope.data);
      facts.push({ app, partition, position: sequence, at: storedAt, type: event, data } as Fact);
    } catch (error) {
      logger.warn('a view leaves out what it cannot read', { subject, sequence, error });
    }
  }
  return facts;
}

/**
 * Only our own services may publish what is not public, and they have checked it when they made it: at its present version
 * it is taken as it is. Everything else is lifted and checked.
 */
function dataOf(type: string, version: number, data: unknown): unknown {
  const known = storedTypes[type];
  const isOurs = known !== undefined && !known.isPublic && known.version === version;
  return isOurs ? data : readData(type, version, data);
}

const ofMessages = new Set(['accepted', 'revoked']);
const ofDeliveries = new Set(['settled', 'late-acknowledged']);
const ofPushes = new Set(['attempted', 'closed', 'receipted', 'withdrawn']);

export function readMessageFacts(batch: readonly Delivery[], logger: Logger): MessageFact[] {
  return readFacts<MessageFact>(batch, 'message', logger, ofMessages);
}

export function readDeliveryFacts(batch: readonly Delivery[], logger: Logger): DeliveryFact[] {
  return readFacts<DeliveryFact>(batch, 'delivery', logger, ofDeliveries);
}

export function readPushFacts(batch: readonly Delivery[], logger: Logger): PushFact[] {
  return readFacts<PushFact>(batch, 'push', logger, ofPushes);
}
