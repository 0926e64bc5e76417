import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { decodeFact } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { IdSource } from '@reveille/chassis/id-source';
import type { Secret } from '@reveille/chassis/secret';
import { UnavailableError } from '@reveille/contracts/errors';
import type { UserId } from '@reveille/contracts/ids';
import { dedupId } from '@reveille/contracts/message-id';
import { messageAcceptedSchema } from '@reveille/contracts/message/events';
import { subjects } from '@reveille/contracts/subjects';
import type { Facts, StoredMessageFact } from '../ports.js';

type Fact = Parameters<Facts['accept']>[0];

/** Publishes `message-accepted`. Its deduplication id is made of sender and client message id under a key that only gateways have. */
export class FactPublisher implements Facts {
  /** A key object, not bytes: Node takes bytes in anew for every digest, at six times the cost. */
  readonly #key: KeyObject;

  constructor(
    private readonly bus: Bus,
    private readonly ids: IdSource,
    key: Secret,
  ) {
    this.#key = createSecretKey(Buffer.from(key.expose(), 'base64'));
  }

  digestOf(sender: UserId, clientMessageId: string): string {
    return createHmac('sha256', this.#key)
      .update(sender)
      .update('\0')
      .update(clientMessageId)
      .digest('base64url');
  }

  async accept({
    app,
    conversationKey,
    dedupDigest,
    message,
    acceptedAt,
    traceparent,
  }: Fact): Promise<StoredMessageFact> {
    const ack = await this.bus.publisher.publishFact({
      subject: subjects.messageIn(app, conversationKey, 'accepted'),
      messageId: dedupId.accepted(app, dedupDigest ?? message.messageId),
      envelope: {
        id: this.ids.uuid(),
        type: 'message-accepted',
        version: 1,
        source: 'gateway',
        time: acceptedAt,
        app,
        subject: message.messageId,
        correlation: message.messageId,
        causation: null,
        traceparent,
        data: message,
      },
    });
    if (!ack.isDuplicate) {
      const { messageId, sender, clientMessageId = null } = message;
      return { app, messageId, sender, clientMessageId, acceptedAt };
    }
    return this.#original(ack.stream, ack.sequence);
  }

  /** A duplicate's PubAck names the original's place: the original is what the sender is answered with. */
  async #original(stream: string, sequence: number): Promise<StoredMessageFact> {
    const stored = await this.bus.getMessage(stream, sequence);
    if (stored === null)
      throw new UnavailableError(`the original of a duplicate is gone (${stream} ${sequence})`);
    const { app, time, data } = decodeFact(stored);
    const { messageId, sender, clientMessageId } = messageAcceptedSchema.parse(data);
    return { app, messageId, sender, clientMessageId, acceptedAt: time };
  }
}
