import { z } from 'zod';
import { refusalCodeSchema } from '../ask/refusal.js';

/** RFC 9457 problem details; `code` is what programs decide by. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().optional(),
  code: refusalCodeSchema,
  retryAfterMs: z.number().int().nullable().optional(),
});
export type Problem = z.infer<typeof problemSchema>;
