import { z } from 'zod';

/** The message itself, as the recipient's client gets it. */
export const messageContentSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string().max(32_768) }),
  z.object({
    type: z.literal('custom'),
    subType: z.number().int().min(0).default(0),
    data: z.string().max(32_768),
  }),
]);
export type MessageContent = z.infer<typeof messageContentSchema>;

/** The sender's word on rate limits and load, not the vendor's push priority. */
export const messagePrioritySchema = z.enum(['low', 'medium', 'high']);
export type MessagePriority = z.infer<typeof messagePrioritySchema>;
