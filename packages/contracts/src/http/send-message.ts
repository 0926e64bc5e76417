import { z } from 'zod';
import { clientMessageIdSchema, instantSchema, messageIdSchema, userIdSchema } from '../ids.js';
import { messageContentSchema, messagePrioritySchema } from '../message/content.js';
import { pushConfigSchema } from '../message/push-config.js';

/** `POST /v1/messages`. With a client's JWT the sender is its user; with a server key it must be named. */
export const sendMessageRequestSchema = z.object({
  sender: userIdSchema.optional(),
  /** With one, the request may be repeated at any time and gets the first answer. */
  clientMessageId: clientMessageIdSchema.optional(),
  recipients: z.array(userIdSchema).min(1).max(100),
  content: messageContentSchema,
  pushConfig: pushConfigSchema.nullable().default(null),
  priority: messagePrioritySchema.default('medium'),
  ttlSeconds: z.number().int().min(1).max(2_592_000).nullable().default(null),
});
export const sendMessageResponseSchema = z.object({ messageId: messageIdSchema, acceptedAt: instantSchema });
export type SendMessageRequest = z.infer<typeof sendMessageRequestSchema>;
export type SendMessageResponse = z.infer<typeof sendMessageResponseSchema>;
