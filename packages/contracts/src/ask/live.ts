import { z } from 'zod';
import { deviceIdSchema, instantSchema, messageIdSchema, userIdSchema } from '../ids.js';
import { messageContentSchema, messagePrioritySchema } from '../message/content.js';

/** The message as its recipient's client gets it, live or in a page of the inbox. */
export const inboxItemSchema = z.object({
  messageId: messageIdSchema,
  /** The message's place in MESSAGES: the order of the inbox. */
  position: z.number().int().min(1),
  sender: userIdSchema,
  recipient: userIdSchema,
  content: messageContentSchema,
  priority: messagePrioritySchema,
  acceptedAt: instantSchema,
});
export type InboxItem = z.infer<typeof inboxItemSchema>;

/** The body of the live ask `im.live.<app>.<user>`. */
export const liveAskSchema = z.object({ message: inboxItemSchema });
export type LiveAsk = z.infer<typeof liveAskSchema>;

const heldDeviceSchema = z.union([
  deviceIdSchema.transform((deviceId) => ({ deviceId, background: false })),
  z.object({ deviceId: deviceIdSchema, background: z.boolean().default(false) }),
]);

/**
 * The answers to a live ask. Who holds sessions of the user answers `holding` at once (a platform always: an empty list
 * says "not connected"), then `acknowledged` when the clients have acknowledged.
 */
export const liveAnswerSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('holding'), devices: z.array(heldDeviceSchema) }),
  z.object({
    type: z.literal('acknowledged'),
    devices: z.array(deviceIdSchema).default([]),
    /** A platform's short form: every device that it holds has the message. */
    all: z.boolean().default(false),
  }),
]);
export type LiveAnswer = z.infer<typeof liveAnswerSchema>;
export type LiveAnswerInput = z.input<typeof liveAnswerSchema>;
