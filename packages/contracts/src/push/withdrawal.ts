import { z } from 'zod';
import {
  deviceIdSchema,
  instantSchema,
  jobIdSchema,
  messageIdSchema,
  tokenRefSchema,
  userIdSchema,
} from '../ids.js';
import { laneSchema } from './lane.js';
import { deferredReasonSchema } from './outcome.js';
import { strategySchema, vendorNameSchema } from './vendor.js';

const targetSchema = z.object({ user: userIdSchema, deviceId: deviceIdSchema, tokenRef: tokenRefSchema });

/** Why pushes are taken back: a closed list. */
export const withdrawalCauseSchema = z.enum(['revoked']);

/**
 * A withdrawal job, version 1: takes one push job's notifications off the phones again. It names no text and no token: whoever
 * takes it asks presence. Id and attempt are in the body because the server strips `Nats-Msg-Id` from a fired schedule.
 */
export const withdrawalJobSchema = z.object({
  jobId: jobIdSchema,
  /** The push job whose notifications are taken back. */
  pushJobId: jobIdSchema,
  messageId: messageIdSchema,
  vendor: vendorNameSchema,
  lane: laneSchema,
  /** From 1; goes up with every attempt that is scheduled. */
  attempt: z.number().int().min(1),
  /** Counts only the attempts that the backoff grows with. */
  backoffStep: z.number().int().min(0).default(0),
  because: withdrawalCauseSchema,
  /** The partition of the message: outcomes are published there. */
  partition: z.number().int().min(0).max(63),
  /** The time of the verdict: where a scan of PUSHES begins. */
  settledAt: instantSchema,
  /** When the message was revoked; the withdrawal's own outcomes are younger. Null: from before this field. */
  revokedAt: instantSchema.nullable().default(null),
  /** The push is not sent after it, so a scan for its outcomes ends soon after. Null: from before this field. */
  pushExpiresAt: instantSchema.nullable().default(null),
  strategy: strategySchema,
  /** What the push was collapsed by: its notification has the id that is made of it. */
  collapse: z.string().min(1).max(128),
  /** After this instant it is not tried any more. */
  expiresAt: instantSchema,
  targets: z
    .array(targetSchema.extend({ notBefore: instantSchema.nullable().optional() }))
    .min(1)
    .max(500),
});
export type WithdrawalJob = z.infer<typeof withdrawalJobSchema>;
export type WithdrawalTarget = WithdrawalJob['targets'][number];

/** Why a notification could not be asked back: a closed list. */
export const withdrawalImpossibleReasonSchema = z.enum([
  /** The vendor's settings of the app, or this kind of push, leave no way. */
  'unsupported',
  /** There is no token any more to ask with. */
  'logged-out',
  'unregistered',
  'token-dead',
  /** It was tried until it was not worth it any more, or the push itself had no outcome by then. */
  'expired',
  'app-removed',
]);
export type WithdrawalImpossibleReason = z.infer<typeof withdrawalImpossibleReasonSchema>;

/** What became of taking one notification back. */
export const withdrawalOutcomeSchema = z.discriminatedUnion('kind', [
  /** The vendor took it: what is not delivered yet, or not touched yet, goes. */
  z.object({ kind: z.literal('accepted') }),
  /** The vendor will not. */
  z.object({ kind: z.literal('refused'), vendorCode: z.string() }),
  /** It is tried again; `no-answer`: the request may have arrived. */
  z.object({
    kind: z.literal('deferred'),
    reason: deferredReasonSchema,
    vendorCode: z.string(),
    retryAfterMs: z.number().int().min(0).nullable(),
  }),
  z.object({ kind: z.literal('impossible'), reason: withdrawalImpossibleReasonSchema }),
]);
export type WithdrawalOutcome = z.infer<typeof withdrawalOutcomeSchema>;

/**
 * `push-withdrawn`, version 1: what one delivery of a withdrawal job led to, target by target. Targets whose push never went out
 * are not named: there was nothing to take back.
 */
export const pushWithdrawnSchema = z.object({
  jobId: jobIdSchema,
  pushJobId: jobIdSchema,
  messageId: messageIdSchema,
  vendor: vendorNameSchema,
  because: withdrawalCauseSchema,
  attempt: z.number().int().min(1),
  /** How often this attempt's job was handed out. */
  deliveryCount: z.number().int().min(1),
  startedAt: instantSchema,
  answeredAt: instantSchema,
  outcomes: z
    .array(
      targetSchema.extend({
        outcome: withdrawalOutcomeSchema,
        /** Requests that went out for this target in this delivery. */
        requests: z.number().int().min(0).max(1),
        /** When it is tried again; null when this was final. */
        notBefore: instantSchema.nullable(),
      }),
    )
    .min(1)
    .max(500),
});
export type PushWithdrawn = z.infer<typeof pushWithdrawnSchema>;
