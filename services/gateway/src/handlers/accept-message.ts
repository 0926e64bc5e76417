import type { FindMessageAnswer } from '@reveille/contracts/ask/router';
import { findMessageAnswerSchema } from '@reveille/contracts/ask/router';
import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { MessageContent, MessagePriority } from '@reveille/contracts/message/content';
import type { PushConfig } from '@reveille/contracts/message/push-config';
import { subjects } from '@reveille/contracts/subjects';
import type { Apps, Checkpoint, Clock, Facts, Ids, Owners, RateLimit } from '../ports.js';
import { refuse } from '../protocol/refuse.js';
import { requireRoom } from '../protocol/require-room.js';

export interface MessageToAccept {
  readonly app: AppId;
  readonly sender: UserId;
  readonly senderDeviceId: DeviceId | null;
  readonly clientMessageId: string | null;
  readonly recipients: readonly UserId[];
  readonly content: MessageContent;
  readonly pushConfig: PushConfig | null;
  readonly priority: MessagePriority;
  readonly ttlSeconds: number | null;
  readonly attempt: number;
  /** It may have been accepted before: the router is asked first. */
  readonly mayBeKnown: boolean;
  /** Servers are trusted with their own rate. */
  readonly isLimited: boolean;
  readonly conversationKey: string;
  readonly traceparent: string;
}

export interface AcceptMessagePorts {
  readonly apps: Apps;
  readonly facts: Facts;
  readonly owners: Owners;
  readonly limit: RateLimit;
  readonly time: { readonly clock: Clock; readonly ids: Ids; readonly checkpoint: Checkpoint };
}

export interface Accepted {
  readonly messageId: MessageId;
  readonly acceptedAt: Instant;
}

/** Stores a message and answers after the PubAck, never before. A message that is known already is answered with its first id. */
export const acceptMessage =
  ({ apps, facts, owners, limit, time }: AcceptMessagePorts) =>
  async (message: MessageToAccept): Promise<Accepted> => {
    const { app, sender, clientMessageId } = message;
    const settings = apps.get(app);
    if (settings === null) throw refuse('app-unknown', `there is no app ${app}`);
    if (message.isLimited) {
      const { messagesPerSecond } = settings;
      requireRoom(limit.take(app, sender, messagesPerSecond), `${messagesPerSecond} messages`);
    }
    if (clientMessageId !== null && message.mayBeKnown) {
      const { found } = await owners.ask<FindMessageAnswer>(
        subjects.askFindMessage(app),
        { sender, clientMessageId },
        findMessageAnswerSchema,
      );
      if (found !== null) return found;
    }
    const stored = await facts.accept({
      app,
      conversationKey: message.conversationKey,
      dedupDigest: clientMessageId === null ? null : facts.digestOf(sender, clientMessageId),
      acceptedAt: time.clock.now(),
      traceparent: message.traceparent,
      message: {
        messageId: time.ids.uuid(),
        sender,
        senderDeviceId: message.senderDeviceId,
        clientMessageId,
        recipients: [...message.recipients],
        content: message.content,
        pushConfig: message.pushConfig,
        priority: message.priority,
        ttlSeconds: message.ttlSeconds,
        attempt: message.attempt,
      },
    });
    time.checkpoint('gateway.after-puback');
    // Deduplication compares ids alone: what it calls a duplicate must be the same message of the same sender.
    if (stored.app !== app || stored.sender !== sender || stored.clientMessageId !== clientMessageId) {
      throw refuse('message-conflict', 'another message was stored under the same id');
    }
    return { messageId: stored.messageId, acceptedAt: stored.acceptedAt };
  };
