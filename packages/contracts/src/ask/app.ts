import { z } from 'zod';
import { appChangeSchema, appDocumentSchema } from '../app/events.js';

/**
 * `im.ask.app.<app>.configure`, from the operator alone. Refused with `app-conflict` when the app has another revision than the
 * asker has seen: somebody else was first.
 */
export const configureAppAskSchema = z.object({
  document: appDocumentSchema,
  /** The revision that the asker has seen; null: the app was not there. */
  seen: z.number().int().min(0).nullable(),
  change: appChangeSchema,
});
export type ConfigureAppAsk = z.infer<typeof configureAppAskSchema>;

/** `im.ask.app.<app>.remove`, from the operator alone. */
export const removeAppAskSchema = z.object({ seen: z.number().int().min(0), change: appChangeSchema });
export type RemoveAppAsk = z.infer<typeof removeAppAskSchema>;

export const appChangedAnswerSchema = z.object({
  revision: z.number().int().min(0),
  /** False where the app was like that already: then nothing is said. */
  isChanged: z.boolean(),
});
export type AppChangedAnswer = z.infer<typeof appChangedAnswerSchema>;
