import { z } from 'zod';
import { clickActionSchema, pushClassSchema } from '../push/resource.js';
import { resourcesIdSchema } from '../push/resources-id.js';
import { strategySchema } from '../push/vendor.js';
import { vendorSectionsSchema } from '../vendors/catalog.js';

/** A strategy of an app: what a push with this `resourcesID` is, for every vendor and for each in its own words. */
export const strategyDocumentSchema = z.strictObject({
  resourcesId: resourcesIdSchema.min(1),
  class: pushClassSchema.default('chat'),
  /** How it reaches the app. A call (`class: call`) may be an `alert` where a vendor knows no VoIP push. */
  strategy: strategySchema.default('alert'),
  priority: z.enum(['normal', 'high']).optional(),
  /** Null: silence. */
  sound: z.string().max(128).nullable().optional(),
  clickAction: clickActionSchema.optional(),
  mutableContent: z.boolean().optional(),
  /** `message`: one notification per message; `conversation`: a newer message of the conversation replaces the older one. */
  collapse: z.enum(['message', 'conversation']).default('message'),
  /** How long such a push is worth delivering; absent: as long as the message says. */
  ttlSeconds: z.number().int().min(1).max(2_592_000).optional(),
  /** Another strategy of the app, for vendors that cannot do this one. */
  fallback: resourcesIdSchema.min(1).optional(),
  vendors: vendorSectionsSchema.default({}),
});
export type StrategyDocument = z.infer<typeof strategyDocumentSchema>;
