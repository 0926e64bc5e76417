import { z } from 'zod';

/**
 * What a sender wants the push of a message to say (the model system's `ZIMPushConfig`). Sizes are in characters;
 * the worker fits the whole into the vendor's limit in bytes.
 */
export const pushConfigSchema = z.object({
  title: z.string().max(1024).default(''),
  content: z.string().max(8192).default(''),
  /** Handed to the app untouched. */
  payload: z.string().max(8192).default(''),
  /** Names a strategy of the app; `''` is a plain alert. `alert`, `silent` and `voip` are built in. */
  resourcesID: z.string().max(32).default(''),
  /** Groups notifications on the screen (APNs thread id). */
  threadID: z.string().max(64).default(''),
  /** The number on the app's icon, from a sender who knows it; null leaves it alone, 0 takes it away. Apple alone can set it. */
  badge: z.number().int().min(0).max(999_999).nullable().default(null),
  /** Whether `badgeIncrement` goes along, for the app or the launcher to add up. */
  enableBadge: z.boolean().default(false),
  badgeIncrement: z.number().int().min(0).max(99).default(0),
});
export type PushConfig = z.infer<typeof pushConfigSchema>;
export type PushConfigInput = z.input<typeof pushConfigSchema>;
