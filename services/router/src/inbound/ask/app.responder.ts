import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnAsk } from '@reveille/bus/nest/patterns';
import type { AskContext } from '@reveille/bus/respond';
import { configureAppAskSchema, removeAppAskSchema } from '@reveille/contracts/ask/app';
import { ContractError } from '@reveille/contracts/errors';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';
import type { ChangeApp } from '../../handlers/change-app.js';
import { CHANGE_APP } from '../tokens.js';
import { readAsk } from './read-ask.js';

/** Changes apps for the operator; one router of the group does. */
@Controller()
export class AppResponder {
  constructor(@Inject(CHANGE_APP) private readonly changes: ChangeApp) {}

  @OnAsk(subjectPatterns.asksOfApp, 'router')
  change(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    const place = parseSubject(context.subject);
    if (place?.event === 'configure')
      return this.changes.configure(place.app, readAsk(configureAppAskSchema, body, context));
    if (place?.event === 'remove')
      return this.changes.remove(place.app, readAsk(removeAppAskSchema, body, context));
    throw new ContractError(`nobody answers ${context.subject}`);
  }
}
