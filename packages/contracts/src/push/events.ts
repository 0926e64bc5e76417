import { z } from 'zod';
import { closedReasonSchema } from '../delivery/withheld-reason.js';
import {
  deviceIdSchema,
  instantSchema,
  jobIdSchema,
  messageIdSchema,
  tokenRefSchema,
  userIdSchema,
} from '../ids.js';
import { laneSchema } from './lane.js';
import { pushOutcomeSchema } from './outcome.js';
import { vendorNameSchema } from './vendor.js';

const targetSchema = z.object({ user: userIdSchema, deviceId: deviceIdSchema, tokenRef: tokenRefSchema });

/** `push-attempted`, version 1: what one delivery of a job led to, target by target. */
export const pushAttemptedSchema = z.object({
  jobId: jobIdSchema,
  messageId: messageIdSchema,
  vendor: vendorNameSchema,
  lane: laneSchema,
  attempt: z.number().int().min(1),
  /** How often this attempt's job was handed out. */
  deliveryCount: z.number().int().min(1),
  /** The job was a repeat (rebuilt, redriven, or handed out again). */
  repeat: z.boolean(),
  startedAt: instantSchema,
  answeredAt: instantSchema,
  outcomes: z
    .array(
      targetSchema.extend({
        outcome: pushOutcomeSchema,
        /** Requests that went out for this target in this delivery: 0 or 1; 2 when both Apple environments were tried. */
        requests: z.number().int().min(0).max(2),
        /** When it is tried again; null when this was final, and where a refused credential left the same attempt to come again. */
        notBefore: instantSchema.nullable(),
        /** The id under which the request went out (`apns-id`), where the vendor has one. */
        requestId: z.string().nullable(),
        traceparent: z.string().nullable(),
      }),
    )
    .min(1)
    .max(500),
});
export type PushAttempted = z.infer<typeof pushAttemptedSchema>;

/** `push-closed`, version 1: a push that was decided and will not happen, and why. */
export const pushClosedSchema = z.object({
  jobId: jobIdSchema,
  messageId: messageIdSchema,
  vendor: vendorNameSchema,
  lane: laneSchema,
  attempt: z.number().int().min(1),
  /** As in `push-attempted`: a delivery before this one may have sent a request and died before it could say so. */
  deliveryCount: z.number().int().min(1).default(1),
  repeat: z.boolean().default(false),
  closedAt: instantSchema,
  targets: z
    .array(targetSchema.extend({ reason: closedReasonSchema }))
    .min(1)
    .max(500),
});
export type PushClosed = z.infer<typeof pushClosedSchema>;
