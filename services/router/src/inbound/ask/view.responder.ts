import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { OnAsk } from '@reveille/bus/nest/patterns';
import type { AskContext } from '@reveille/bus/respond';
import {
  findMessageAskSchema,
  inboxPageAskSchema,
  locateAskSchema,
  standingAskSchema,
  timelineAskSchema,
} from '@reveille/contracts/ask/router';
import { ContractError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { parseSubject, subjectPatterns, subjects } from '@reveille/contracts/subjects';
import type { checkStanding } from '../../handlers/check-standing.js';
import type { findMessage } from '../../handlers/find-message.js';
import type { locatePushes } from '../../handlers/locate-pushes.js';
import type { readInbox } from '../../handlers/read-inbox.js';
import type { showTimeline } from '../../handlers/show-timeline.js';
import { readAsk } from './read-ask.js';
import { CHECK_STANDING, FIND_MESSAGE, LOCATE_PUSHES, READ_INBOX, SHOW_TIMELINE } from '../tokens.js';

const queue = 'router';

/** Answers what the views know; one router of the group answers each ask. */
@Controller()
export class ViewResponder {
  constructor(
    @Inject(FIND_MESSAGE) private readonly find: ReturnType<typeof findMessage>,
    @Inject(READ_INBOX) private readonly inbox: ReturnType<typeof readInbox>,
    @Inject(SHOW_TIMELINE) private readonly timeline: ReturnType<typeof showTimeline>,
    @Inject(CHECK_STANDING) private readonly standing: ReturnType<typeof checkStanding>,
    @Inject(LOCATE_PUSHES) private readonly locate: ReturnType<typeof locatePushes>,
  ) {}

  @OnAsk(subjectPatterns.asksOfMessage, queue)
  findMessage(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.find(appOf(context, 'find'), readAsk(findMessageAskSchema, body, context));
  }

  @OnAsk(subjectPatterns.asksOfInbox, queue)
  readInbox(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.inbox(appOf(context, 'page'), readAsk(inboxPageAskSchema, body, context));
  }

  @OnAsk(subjectPatterns.asksOfTimeline, queue)
  showTimeline(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.timeline(appOf(context, 'show'), readAsk(timelineAskSchema, body, context));
  }

  @OnAsk(subjects.askStanding(), queue)
  checkStanding(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.standing(readAsk(standingAskSchema, body, context));
  }

  @OnAsk(subjects.askLocate(), queue)
  locatePushes(@Payload() body: unknown, @Ctx() context: AskContext): Promise<unknown> {
    return this.locate(readAsk(locateAskSchema, body, context));
  }
}

function appOf({ subject }: AskContext, event: string): AppId {
  const place = parseSubject(subject);
  if (place === null || place.event !== event) throw new ContractError(`nobody answers ${subject}`);
  return place.app;
}
