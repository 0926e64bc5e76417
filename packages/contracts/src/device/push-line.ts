import { z } from 'zod';
import { instantSchema } from '../ids.js';
import { vendorNameSchema } from '../push/vendor.js';

/**
 * `push-line-suspected`, version 1: the vendor condemned so many of an app's tokens at once that its word is not believed any
 * more: none is called dead from here on, and those that died since `sinceAt` are restored.
 */
export const pushLineSuspectedSchema = z.object({
  vendor: vendorNameSchema,
  /** What raised it: of `heard` pushes (at least so many were heard of) that many different tokens were condemned in this time. */
  condemned: z.number().int().min(1),
  heard: z.number().int().min(1),
  withinMs: z.number().int().min(1),
  /** Tokens that died since then are restored. */
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
