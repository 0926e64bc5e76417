import { z } from 'zod';
import { deviceIdSchema, instantSchema, messageIdSchema, tokenRefSchema, userIdSchema } from '../ids.js';
import { vendorNameSchema } from '../push/vendor.js';
import { verdictSchema } from './verdict.js';

/** What was known of a device when it was decided: the inputs of `decideDelivery`, kept so that a "no" can be explained. */
export const deviceFactsSchema = z.object({
  bound: z.boolean(),
  /** `none` = no token was ever registered. */
  push: z.object({
    state: z.enum(['live', 'dead', 'unregistered', 'none']),
    vendor: vendorNameSchema.nullable(),
    tokenRef: tokenRefSchema.nullable(),
    boundAt: instantSchema.nullable(),
  }),
  /** A live session was known, from presence or from a gateway's `holding`. */
  hasSession: z.boolean(),
  isBackground: z.boolean(),
  isOwnDevice: z.boolean(),
  acknowledgedAt: instantSchema.nullable(),
  /** When its time to acknowledge was over; null where nobody waited. */
  deadlineAt: instantSchema.nullable(),
});
export type DeviceDecisionFacts = z.infer<typeof deviceFactsSchema>;

export const deviceVerdictSchema = z.object({
  /** Null only for `withheld(no-device)` and for verdicts on the message as a whole. */
  deviceId: deviceIdSchema.nullable(),
  verdict: verdictSchema,
  facts: deviceFactsSchema.nullable(),
});
export type DeviceVerdict = z.infer<typeof deviceVerdictSchema>;

/** `delivery-settled`, version 1: up to 500 recipients of a message, each with a verdict per device. */
export const deliverySettledSchema = z.object({
  messageId: messageIdSchema,
  /** Recipients are sorted and cut into chunks of 500; a chunk has at most two rounds. */
  chunk: z.number().int().min(0),
  round: z.number().int().min(0).max(1),
  policyVersion: z.number().int().min(1),
  /** The message's place in MESSAGES. */
  position: z.number().int().min(1),
  acceptedAt: instantSchema,
  askedAt: instantSchema.nullable(),
  settledAt: instantSchema,
  recipients: z.array(z.object({ user: userIdSchema, devices: z.array(deviceVerdictSchema) })).max(500),
});
export type DeliverySettled = z.infer<typeof deliverySettledSchema>;

/** `delivery-late-acknowledged`, version 1: the device's own word came after a push was decided for it. */
export const deliveryLateAcknowledgedSchema = z.object({
  messageId: messageIdSchema,
  user: userIdSchema,
  deviceId: deviceIdSchema,
  acknowledgedAt: instantSchema,
});
export type DeliveryLateAcknowledged = z.infer<typeof deliveryLateAcknowledgedSchema>;
