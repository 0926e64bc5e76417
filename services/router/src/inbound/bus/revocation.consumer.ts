import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { Delivery } from '@reveille/bus/consume';
import { type Disposition, done, leave } from '@reveille/bus/disposition';
import { OnConsumer } from '@reveille/bus/nest/patterns';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { ContractError } from '@reveille/contracts/errors';
import type { MessageRevoked } from '@reveille/contracts/message/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import { parseSubject } from '@reveille/contracts/subjects';
import type { WithdrawPushes } from '../../handlers/withdraw-pushes.js';
import { WITHDRAW_PUSHES } from '../tokens.js';

const maxInFlight = 64;

/** Takes revocations from the log; one that is not of the contracts is parked. */
@Controller()
export class RevocationConsumer {
  constructor(@Inject(WITHDRAW_PUSHES) private readonly withdraw: WithdrawPushes) {}

  @OnConsumer(consumers.withdrawPushes, { maxInFlight })
  async take(@Payload() delivery: Delivery): Promise<Disposition> {
    const { envelope, sequence: position, storedAt: revokedAt } = delivery;
    const place = parseSubject(delivery.subject);
    if (place === null) throw new ContractError(`${delivery.subject} is no revocation`);
    const { messageId } = readData('message-revoked', envelope.version, envelope.data) as MessageRevoked;
    const end = await this.withdraw({
      app: place.app,
      position,
      eventId: envelope.id,
      traceparent: envelope.traceparent ?? newTraceparent(),
      revokedAt,
      messageId,
    });
    return end === 'done' ? done : leave('not all of its recipients have a verdict yet');
  }
}
