import type { InboxItem } from '@reveille/contracts/ask/live';
import type { AppId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { MessageAccepted, MessageRevoked } from '@reveille/contracts/message/events';

/** A fact of MESSAGES. */
export type MessageFact = {
  readonly app: AppId;
  readonly partition: number;
  readonly position: number;
  readonly at: Instant;
} & (
  | { readonly type: 'accepted'; readonly data: MessageAccepted }
  | { readonly type: 'revoked'; readonly data: MessageRevoked }
);

export interface MessageRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly position: number;
  readonly sender: UserId;
  readonly clientMessageId: string | null;
  readonly partition: number;
  readonly acceptedAt: Instant;
  readonly item: Pick<InboxItem, 'content' | 'priority'>;
  readonly recipients: readonly UserId[];
}

export interface RevocationRow {
  readonly app: AppId;
  readonly messageId: MessageId;
  readonly revokedAt: Instant;
  readonly position: number;
}

export interface MessageRows {
  readonly messages: readonly MessageRow[];
  readonly revocations: readonly RevocationRow[];
}

/**
 * Facts of messages as rows, in the order of the stream: of two with the same message id the first is the message, and the
 * first word of a revocation counts. The store does the same with what it has already.
 */
export function projectMessages(facts: readonly MessageFact[]): MessageRows {
  const messages = new Map<string, MessageRow>();
  const revocations = new Map<string, RevocationRow>();
  for (const fact of facts) {
    const { app, position, at, data } = fact;
    const key = `${app}:${data.messageId}`;
    if (fact.type === 'accepted') {
      if (!messages.has(key)) messages.set(key, messageRow(fact, fact.data));
    } else if (!revocations.has(key)) {
      revocations.set(key, { app, messageId: data.messageId, revokedAt: at, position });
    }
  }
  return { messages: [...messages.values()], revocations: [...revocations.values()] };
}

function messageRow(
  { app, partition, position, at }: MessageFact,
  { messageId, sender, clientMessageId, content, priority, recipients }: MessageAccepted,
): MessageRow {
  return {
    app,
    messageId,
    position,
    sender,
    clientMessageId,
    partition,
    acceptedAt: at,
    item: { content, priority },
    recipients: recipients.length === 1 ? recipients : [...new Set(recipients)],
  };
}
