import { EventPattern, MessagePattern } from '@nestjs/microservices';
import type { ConsumerDefinition } from '@reveille/contracts/streams';
import type { ConsumerOptions } from '../consume.js';

export type ConsumerExtras = Omit<ConsumerOptions, 'stream' | 'consumer' | 'handle'>;

export interface AskExtras {
  readonly queue: string | null;
}

/** The pattern of a consumer, as `BusStrategy.consumer` knows it. */
export function consumerPattern({
  stream,
  name,
}: {
  readonly stream: string;
  readonly name: string;
}): string {
  return `${stream}/${name}`;
}

/** Nest's decorator without its map of event types: the definition says what comes. */
const eventPattern: (pattern: string, extras: object) => MethodDecorator = EventPattern;

/** An `@EventPattern` for a consumer of the contracts: the method gets a Delivery and returns a Disposition. */
export function OnConsumer(definition: ConsumerDefinition, extras: ConsumerExtras): MethodDecorator {
  return eventPattern(consumerPattern(definition), { ackWaitMs: definition.ackWaitMs, ...extras });
}

/**
 * A `@MessagePattern` for asks: the method gets the body, and an AskContext by `@Ctx()`. With a queue one of the group
 * answers, with null everybody.
 */
export function OnAsk(subject: string, queue: string | null): MethodDecorator {
  return MessagePattern(subject, { queue } satisfies AskExtras);
}
