import { z } from 'zod';
import { instantSchema, jobIdSchema, messageIdSchema } from './ids.js';

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

/** What an operator did about a letter, who and why. When is the stream's to say. */
const settlementSchema = z.object({
  /** The letter's position in DEAD_LETTERS. */
  letter: z.number().int().min(1),
  stream: z.string(),
  consumer: z.string(),
  /** The position of the original in its stream. */
  sequence: z.number().int().min(1),
  /** Why the work was given up. */
  reason: z.string(),
  /** Null where the work could not be read. */
  messageId: messageIdSchema.nullable(),
  /** Null for anything but a push job. */
  jobId: jobIdSchema.nullable(),
  by: z.string().min(1).max(200),
  because: z.string().max(500).nullable(),
});
/** `dead-letter-redriven`, version 1: the work was begun again. */
export const deadLetterRedrivenSchema = settlementSchema;
/** `dead-letter-dropped`, version 1: it stays given up. */
export const deadLetterDroppedSchema = settlementSchema;
export type DeadLetterSettlement = z.infer<typeof settlementSchema>;

/** Names of JSON fields, at any depth, that hold secrets and never go into dead letters or logs. */
export const secretFields: ReadonlySet<string> = new Set([
  'sealedToken',
  'token',
  'voipToken',
  'deviceSecret',
  'authorization',
]);
