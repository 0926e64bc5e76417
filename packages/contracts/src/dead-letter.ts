import { z } from 'zod';
import { instantSchema } from './ids.js';

/** Work that was given up, with where it came from and why. Secret fields (`secretFields`) are dropped from `data`. */
export const deadLetterSchema = z.object({
  stream: z.string(),
  consumer: z.string(),
  subject: z.string(),
  sequence: z.number().int().min(1),
  storedAt: instantSchema,
  headers: z.record(z.string(), z.string()),
  /** The body as JSON where it is JSON, else null. */
  data: z.unknown(),
  /** The body's size in bytes. */
  size: z.number().int().min(0),
  reason: z.string(),
  attempts: z.number().int().min(1),
  parkedAt: instantSchema,
});
export type DeadLetter = z.infer<typeof deadLetterSchema>;

/** Names of JSON fields, at any depth, that hold secrets and never go into dead letters or logs. */
export const secretFields: ReadonlySet<string> = new Set([
  'sealedToken',
  'token',
  'voipToken',
  'deviceSecret',
  'authorization',
]);
