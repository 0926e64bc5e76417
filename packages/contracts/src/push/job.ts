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
import { pushResourceSchema } from './resource.js';
import { pushEnvironmentSchema, strategySchema, vendorNameSchema } from './vendor.js';

/** What is to be shown or handed over, in no vendor's words. */
export const pushNotificationSchema = z.object({
  strategy: strategySchema,
  title: z.string(),
  content: z.string(),
  payload: z.string(),
  threadId: z.string(),
  /** The number on the app's icon; absent or null leaves it alone. */
  badge: z.number().int().min(0).max(999_999).nullable().optional(),
  /** Null: no increment goes along. */
  badgeIncrement: z.number().int().min(0).max(99).nullable(),
  resourcesId: z.string(),
  /** The strategy that `resourcesId` names, as far as this vendor needs it; absent or null: none that the app has declared. */
  resource: pushResourceSchema.nullable().optional(),
  sender: userIdSchema,
  collapse: z.string().min(1).max(128),
  sentAt: instantSchema,
  /** After this instant the push is worthless. */
  expiresAt: instantSchema,
});
export type PushNotification = z.infer<typeof pushNotificationSchema>;

export const pushTargetSchema = z.object({
  user: userIdSchema,
  deviceId: deviceIdSchema,
  tokenRef: tokenRefSchema,
  /**
   * The vendor's token, sealed by presence (`v1.<key id>.<base64url>`); only workers can open it. Null in a job that was
   * rebuilt or redriven: the worker asks presence. A secret: dropped from dead letters.
   */
  sealedToken: z.string().nullable(),
  environment: pushEnvironmentSchema,
  /** Bundle id or package name of the installation; absent or null is the app's default. */
  bundle: z.string().max(255).nullable().optional(),
  /** In a job that waited: the vendor wants no request for this target before; absent or null is any time. */
  notBefore: instantSchema.nullable().optional(),
  /**
   * In a job that waited: how often the vendor has answered that it does not take this push now. A vendor that knows requests by an
   * id gets another one after each: it may remember what it refused, and would call the repeat a duplicate.
   */
  refusals: z.number().int().min(0).optional(),
  /** In a job that waited: a request since the last refusal had no answer, so the vendor may have it already. */
  mayHaveArrived: z.boolean().optional(),
  /** `notBefore` is when a daily quota renews: it moves when the app's settings say that the day turns at another time. */
  waitsForQuota: z.boolean().optional(),
});
export type PushTarget = z.infer<typeof pushTargetSchema>;

/**
 * A push job, version 1: one message, one vendor, up to 500 targets. Work, not a fact: it disappears when it is done.
 * Id and attempt are in the body because the server strips `Nats-Msg-Id` from a fired schedule.
 */
export const pushJobSchema = z.object({
  jobId: jobIdSchema,
  messageId: messageIdSchema,
  chunk: z.number().int().min(0),
  round: z.number().int().min(0).max(1),
  vendor: vendorNameSchema,
  lane: laneSchema,
  /** From 1; goes up with every attempt that is scheduled. */
  attempt: z.number().int().min(1),
  /** Counts only the attempts that the backoff grows with. */
  backoffStep: z.number().int().min(0).default(0),
  /** Rebuilt or redriven: the worker must ask what was already answered. */
  repeat: z.boolean(),
  /** Present in a job that was given up and begun again: what was said of it before no longer ends it. */
  redrive: z
    .object({
      /** The letter's position in DEAD_LETTERS. */
      letter: z.number().int().min(1),
      /** The attempt that was given up. */
      attempt: z.number().int().min(1),
      /** The end of PUSHES when it was begun again. */
      after: z.number().int().min(0),
    })
    .nullable()
    .optional(),
  /** The partition of the message: outcomes are published there. */
  partition: z.number().int().min(0).max(63),
  /** The time of the verdict: where a scan of PUSHES begins. */
  settledAt: instantSchema,
  /** When the message was accepted. */
  acceptedAt: instantSchema,
  notification: pushNotificationSchema,
  targets: z.array(pushTargetSchema).min(1).max(500),
});
export type PushJob = z.infer<typeof pushJobSchema>;
