import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnAsk } from '@reveille/bus/nest/patterns';
import type { AskContext } from '@reveille/bus/respond';
import { settleDeadLetterAskSchema } from '@reveille/contracts/ask/dead-letter';
import { subjects } from '@reveille/contracts/subjects';
import type { SettleDeadLetter } from '../../handlers/settle-dead-letter.js';
import { SETTLE_DEAD_LETTER } from '../tokens.js';
import { readAsk } from './read-ask.js';

/** Settles dead letters for the operator; one router of the group does. */
@Controller()
export class DeadLetterResponder {
  constructor(@Inject(SETTLE_DEAD_LETTER) private readonly settle: SettleDeadLetter) {}

  @OnAsk(subjects.askRedriveDeadLetter(), 'router')
  redrive(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.settle.redrive(readAsk(settleDeadLetterAskSchema, body, context));
  }

  @OnAsk(subjects.askDropDeadLetter(), 'router')
  drop(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.settle.drop(readAsk(settleDeadLetterAskSchema, body, context));
  }
}
