import { z } from 'zod';

/** The final no of a vendor: a closed list. `unclassified` is never guessed around: the raw code travels along. */
export const rejectedReasonSchema = z.enum([
  'token-unregistered',
  'token-malformed',
  'token-wrong-app',
  'payload-too-large',
  'payload-invalid',
  'recipient-muted',
  'category-refused',
  'unclassified',
]);
export type RejectedReason = z.infer<typeof rejectedReasonSchema>;

/** Why a push waits: a closed list. */
export const deferredReasonSchema = z.enum([
  'credential-refused',
  'credential-expired',
  'quota-spent',
  'throttled',
  'vendor-unavailable',
  /** The request may have arrived: it is repeated under the same collapse key only. */
  'no-answer',
  /** The request surely was not processed (refused stream, above a GOAWAY's last stream). */
  'not-sent',
]);
export type DeferredReason = z.infer<typeof deferredReasonSchema>;

/** Rejections that condemn the token itself. */
const tokenCondemning: ReadonlySet<RejectedReason> = new Set([
  'token-unregistered',
  'token-malformed',
  'token-wrong-app',
]);

/** Whether an outcome says that its token is dead. */
export function condemnsToken(outcome: PushOutcome): outcome is Extract<PushOutcome, { kind: 'rejected' }> {
  return outcome.kind === 'rejected' && tokenCondemning.has(outcome.reason);
}

/** The vendor's answer to one attempt for one target. */
export const pushOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), vendorId: z.string().nullable() }),
  z.object({
    kind: z.literal('rejected'),
    reason: rejectedReasonSchema,
    vendorCode: z.string(),
    /** When the vendor says that the token died; null where it does not say. */
    observedAt: z.number().int().nullable(),
  }),
  z.object({
    kind: z.literal('deferred'),
    reason: deferredReasonSchema,
    vendorCode: z.string(),
    /** What the vendor asked for (Retry-After), in milliseconds. */
    retryAfterMs: z.number().int().min(0).nullable(),
  }),
]);
export type PushOutcome = z.infer<typeof pushOutcomeSchema>;
