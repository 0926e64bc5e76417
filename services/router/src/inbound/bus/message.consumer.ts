import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Delivery } from '@reveille/bus/consume';
import { type Disposition, done, handBack, leave } from '@reveille/bus/disposition';
import { OnConsumer } from '@reveille/bus/nest/patterns';
import type { Clock } from '@reveille/chassis/clock';
import { withSpan } from '@reveille/chassis/telemetry';
import { ContractError } from '@reveille/contracts/errors';
import type { MessageAccepted } from '@reveille/contracts/message/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import { parseSubject } from '@reveille/contracts/subjects';
import type { DeliverMessage } from '../../handlers/deliver-message.js';
import { CLOCK, DELIVER_MESSAGE } from '../tokens.js';

/** Messages that are being worked on; those that only wait for an acknowledgement are counted apart. */
export const maxInFlight = 128;

/** Takes accepted messages from the log; a message that is not of the contracts is parked. */
@Controller()
export class MessageConsumer {
  constructor(
    @Inject(DELIVER_MESSAGE) private readonly deliver: DeliverMessage,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @OnConsumer(consumers.deliverMessage, {
    maxInFlight,
    maxWaiting: consumers.deliverMessage.maxAckPending - maxInFlight,
  })
  async take(@Payload() delivery: Delivery): Promise<Disposition> {
    const { envelope, sequence: position, storedAt: acceptedAt, isRepeat } = delivery;
    const place = parseSubject(delivery.subject);
    if (place === null || place.partition === null)
      throw new ContractError(`${delivery.subject} has no partition`);
    const { app, partition } = place;
    const takenAt = this.clock.now();
    const data = readData('message-accepted', envelope.version, envelope.data) as MessageAccepted;
    const span = {
      parent: envelope.traceparent,
      kind: 'consumer',
      attributes: {
        'messaging.system.name': 'nats',
        'reveille.app': app,
        'reveille.message_id': data.messageId,
      },
    } as const;
    const end = await withSpan('deliver message', span, (traceparent) =>
      this.deliver({
        app,
        partition,
        position,
        acceptedAt,
        takenAt,
        isRepeat,
        eventId: envelope.id,
        traceparent,
        data,
        onWaiting: delivery.waiting,
      }),
    );
    switch (end) {
      case 'settled':
        return done;
      case 'left':
        return leave('held for too long: another router has it');
      case 'handed-back':
        return handBack;
    }
  }
}
