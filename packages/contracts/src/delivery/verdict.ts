import { z } from 'zod';
import { instantSchema, tokenRefSchema } from '../ids.js';
import { laneSchema } from '../push/lane.js';
import { resourcesIdSchema } from '../push/resources-id.js';
import { strategySchema, vendorNameSchema } from '../push/vendor.js';
import { withheldReasonSchema } from './withheld-reason.js';

/** What becomes of one message on one device. Settled once, never decided again. */
export const verdictSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('acknowledged'), at: instantSchema }),
  z.object({
    kind: z.literal('push'),
    vendor: vendorNameSchema,
    lane: laneSchema,
    strategy: strategySchema,
    tokenRef: tokenRefSchema,
    /** A later notification with the same one replaces this one on the screen. */
    collapse: z.string().min(1).max(128),
    expiresAt: instantSchema,
    /** The strategy of the app that decided it and the revision it was read from; absent or null: a built-in one. */
    resource: z
      .object({ resourcesId: resourcesIdSchema, revision: z.number().int().min(0) })
      .nullable()
      .optional(),
  }),
  z.object({ kind: z.literal('withheld'), reason: withheldReasonSchema }),
]);
export type Verdict = z.infer<typeof verdictSchema>;
