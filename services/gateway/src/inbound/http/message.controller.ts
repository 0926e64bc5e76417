import { hash } from 'node:crypto';
import { Body, Controller, Get, Headers, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { childTraceparent } from '@reveille/chassis/traceparent';
import {
  type InboxPageAnswer,
  inboxPageAskSchema,
  type TimelineAnswer,
} from '@reveille/contracts/ask/router';
import { ContractError, RefusedError } from '@reveille/contracts/errors';
import { type SendMessageResponse, sendMessageRequestSchema } from '@reveille/contracts/http/send-message';
import { messageIdSchema, type UserId, userIdSchema } from '@reveille/contracts/ids';
import { conversationKeyOf } from '../../protocol/conversation-key.js';
import { DOORS, type Doors } from '../doors.js';
import { readPart } from './read-request.js';

const created = 201;
const defaultLimit = 100;

/** Messages in, stories and inbox out. */
@Controller('v1')
export class MessageController {
  constructor(@Inject(DOORS) private readonly doors: Doors) {}

  @Post('messages')
  @HttpCode(created)
  async send(
    @Headers('authorization') bearer: string | undefined,
    @Headers('traceparent') traceparent: string | undefined,
    @Body() body: unknown,
  ): Promise<SendMessageResponse> {
    const principal = await this.doors.authenticator.bearer(bearer);
    const request = readPart(sendMessageRequestSchema, body, 'body');
    const sender = principal.kind === 'client' ? principal.user : request.sender;
    if (sender === undefined) throw new ContractError('sender: a server must name the sender');
    if (principal.kind === 'client' && request.sender !== undefined && request.sender !== sender) {
      throw new RefusedError('forbidden', 'a client sends for its own user alone');
    }
    return this.doors.accept({
      app: principal.app,
      sender,
      senderDeviceId: null,
      clientMessageId: request.clientMessageId ?? null,
      recipients: request.recipients,
      content: request.content,
      pushConfig: request.pushConfig,
      priority: request.priority,
      ttlSeconds: request.ttlSeconds,
      attempt: 0,
      mayBeKnown: true,
      isLimited: principal.kind === 'client',
      conversationKey: conversationKeyOf(sender, request.recipients, digest),
      traceparent: childTraceparent(traceparent ?? null),
    });
  }

  @Get('messages/:messageId/timeline')
  async timeline(
    @Headers('authorization') bearer: string | undefined,
    @Param('messageId') id: string,
  ): Promise<TimelineAnswer> {
    const principal = await this.doors.authenticator.bearer(bearer);
    if (principal.kind !== 'server')
      throw new RefusedError('forbidden', 'the story of a message is told to servers alone');
    return this.doors.timeline(principal.app, readPart(messageIdSchema, id, 'messageId'));
  }

  @Get('inbox')
  async inbox(
    @Headers('authorization') bearer: string | undefined,
    @Query('user') named: string | undefined,
    @Query('cursor') cursor: string | undefined,
    @Query('limit') limitText: string | undefined,
  ): Promise<InboxPageAnswer> {
    const principal = await this.doors.authenticator.bearer(bearer);
    const asked = { cursor: cursor ?? null, limit: Number(limitText ?? defaultLimit) };
    const page = readPart(inboxPageAskSchema.pick({ cursor: true, limit: true }), asked, 'query');
    const user = inboxOwner(principal, named);
    return this.doors.inbox({ app: principal.app, user, ...page, isLimited: principal.kind === 'client' });
  }
}

function inboxOwner(
  principal: Awaited<ReturnType<Doors['authenticator']['bearer']>>,
  named: string | undefined,
): UserId {
  if (principal.kind === 'server') return readPart(userIdSchema, named, 'user');
  if (named !== undefined && named !== principal.user)
    throw new RefusedError('forbidden', 'a client reads its own inbox alone');
  return principal.user;
}

export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 32);
}
