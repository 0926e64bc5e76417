import { z } from 'zod';
import { instantSchema } from '../ids.js';
import { vendorNameSchema } from '../push/vendor.js';

/**
 * `push-line-suspected`, version 1: the vendor condemned so many of an app's tokens at once that its word is not believed any
 * more: none is called dead from here on, and those that died since `sinceAt` are restored.
 */
export const pushLineSuspectedSchema = z.object({
  vendor: vendorNameSchema,
  /** Distinct tokens that were condemned since then. */
  condemned: z.number().int().min(1),
  /** Of how many pushes something was heard since then; at least so many. */
  heard: z.number().int().min(1),
  sinceAt: instantSchema,
  suspectedAt: instantSchema,
});
/** `push-line-trusted`, version 1: the vendor's word about this app's tokens counts again. */
export const pushLineTrustedSchema = z.object({
  vendor: vendorNameSchema,
  /** `recovered`: few of what was heard lately condemned a token; `operator`: somebody has looked into it and says so. */
  because: z.enum(['recovered', 'operator']),
  trustedAt: instantSchema,
});
export type PushLineSuspected = z.infer<typeof pushLineSuspectedSchema>;
export type PushLineTrusted = z.infer<typeof pushLineTrustedSchema>;
