import { z } from 'zod';
import { clientMessageIdSchema, deviceIdSchema, messageIdSchema, userIdSchema } from '../ids.js';
import { messageContentSchema, messagePrioritySchema } from './content.js';
import { pushConfigSchema } from './push-config.js';

/**
 * `message-accepted`, version 1: a message that will be delivered to each recipient's devices or explained.
 * Public contract: an IM platform publishes it on `im.in.<app>.message.<conversation key>.accepted` with a `Nats-Msg-Id`
 * that starts with `<app>:`. The app is the one of the subject, the time is the stream's.
 */
export const messageAcceptedSchema = z.object({
  messageId: messageIdSchema,
  sender: userIdSchema,
  senderDeviceId: deviceIdSchema.nullable().default(null),
  /** The sender's own id of the message; of two with the same one the first is the message. */
  clientMessageId: clientMessageIdSchema.nullable().default(null),
  recipients: z.array(userIdSchema).min(1).max(100),
  content: messageContentSchema,
  pushConfig: pushConfigSchema.nullable().default(null),
  priority: messagePrioritySchema.default('medium'),
  /** How long the message is worth delivering, in seconds; null is the app's default. */
  ttlSeconds: z.number().int().min(1).max(2_592_000).nullable().default(null),
  /** 0 at the first try of the sender's client. */
  attempt: z.number().int().min(0).default(0),
});
export type MessageAccepted = z.infer<typeof messageAcceptedSchema>;
export type MessageAcceptedInput = z.input<typeof messageAcceptedSchema>;

/** `message-revoked`, version 1: published with the same conversation key, so that it lands in the message's partition. */
export const messageRevokedSchema = z.object({
  messageId: messageIdSchema,
  revokedBy: userIdSchema,
  pushConfig: pushConfigSchema.nullable().default(null),
});
export type MessageRevoked = z.infer<typeof messageRevokedSchema>;
