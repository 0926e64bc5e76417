import { z } from 'zod';
import { instantSchema, tokenRefSchema } from '../ids.js';
import { laneSchema } from '../push/lane.js';
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
    collapse: z.string().min(1).max(64),
    expiresAt: instantSchema,
  }),
  z.object({ kind: z.literal('withheld'), reason: withheldReasonSchema }),
]);
export type Verdict = z.infer<typeof verdictSchema>;
