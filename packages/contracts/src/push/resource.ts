import { z } from 'zod';
import { resourcesIdSchema } from './resources-id.js';

/**
 * What a push is, as vendors' quotas see it: `call` rings, `chat` is one person to another, `service` is what an account or an
 * order has to say, `marketing` is what a person can do without. Calls travel in the lane `urgent`, marketing in `bulk`.
 */
export const pushClassSchema = z.enum(['call', 'chat', 'service', 'marketing']);
export type PushClass = z.infer<typeof pushClassSchema>;

/** What a tap on the notification does. */
export const clickActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('app') }),
  z.strictObject({ kind: z.literal('url'), url: z.url({ protocol: /^https$/ }).max(2000) }),
  /** Android: an intent URI or an action that the app declares. */
  z.strictObject({ kind: z.literal('intent'), intent: z.string().min(1).max(500) }),
]);
export type ClickAction = z.infer<typeof clickActionSchema>;

/** A strategy as far as one vendor's push needs it: resolved by the router when the push is decided. */
export const pushResourceSchema = z.object({
  resourcesId: resourcesIdSchema,
  /** Which revision of the app's settings it was read from. */
  revision: z.number().int().min(0),
  class: pushClassSchema,
  /** Absent: the app's or the vendor's default; null: silence. */
  sound: z.string().max(128).nullable().optional(),
  clickAction: clickActionSchema.optional(),
  mutableContent: z.boolean().optional(),
  priority: z.enum(['normal', 'high']).optional(),
  /** The vendor's own section of the strategy, in the shape that `vendorWords[vendor].strategy` gives. */
  options: z.record(z.string(), z.unknown()),
});
export type PushResource = z.infer<typeof pushResourceSchema>;
