import { z } from 'zod';
import { deliverySettledSchema, deliveryLateAcknowledgedSchema } from '../delivery/events.js';
import {
  appIdSchema,
  clientMessageIdSchema,
  deviceIdSchema,
  instantSchema,
  messageIdSchema,
  userIdSchema,
} from '../ids.js';
import { messageAcceptedSchema, messageRevokedSchema } from '../message/events.js';
import { pushAttemptedSchema, pushClosedSchema } from '../push/events.js';
import { pushReceiptedSchema } from '../push/receipt.js';
import { vendorNameSchema } from '../push/vendor.js';
import { pushWithdrawnSchema } from '../push/withdrawal.js';
import { inboxItemSchema } from './live.js';

/** `im.ask.message.<app>.find`: the first message with this client message id, once the message view has caught up. */
export const findMessageAskSchema = z.object({
  sender: userIdSchema,
  clientMessageId: clientMessageIdSchema,
});
export const findMessageAnswerSchema = z.object({
  found: z.object({ messageId: messageIdSchema, acceptedAt: instantSchema }).nullable(),
});
export type FindMessageAsk = z.infer<typeof findMessageAskSchema>;
export type FindMessageAnswer = z.infer<typeof findMessageAnswerSchema>;

/** `im.ask.inbox.<app>.page`: what a user missed, oldest first; without a cursor from the oldest that is kept (7 days). */
export const inboxPageAskSchema = z.object({
  user: userIdSchema,
  cursor: z.string().max(256).nullable(),
  limit: z.number().int().min(1).max(200),
});
export const inboxPageAnswerSchema = z.object({
  items: z.array(inboxItemSchema),
  /** Opaque; where the next page begins. It moves by pages, never by live frames. */
  cursor: z.string(),
  /** Also for a page that is short because its messages are large. */
  more: z.boolean(),
});
export type InboxPageAsk = z.infer<typeof inboxPageAskSchema>;
export type InboxPageAnswer = z.infer<typeof inboxPageAnswerSchema>;

/** `im.ask.delivery.<app>.acknowledged`: published, not asked. */
export const acknowledgedSchema = z.object({
  user: userIdSchema,
  deviceId: deviceIdSchema,
  messageIds: z.array(messageIdSchema).min(1).max(200),
  acknowledgedAt: instantSchema,
});
export type Acknowledged = z.infer<typeof acknowledgedSchema>;

/** `im.ask.delivery.standing`: the answer keeps the order; null = it still stands. */
export const standingAskSchema = z.object({
  pushes: z
    .array(
      z.object({
        app: appIdSchema,
        messageId: messageIdSchema,
        user: userIdSchema,
        deviceId: deviceIdSchema,
      }),
    )
    .min(1)
    .max(500),
});
export const standingAnswerSchema = z.object({
  closed: z.array(z.enum(['acknowledged', 'read', 'revoked', 'call-over']).nullable()),
});
export type StandingAsk = z.infer<typeof standingAskSchema>;
export type StandingAnswer = z.infer<typeof standingAnswerSchema>;

/**
 * `im.ask.delivery.locate`: the answer keeps the order; null = no such push. By its message, or where that is not known by
 * the vendor's id, which is remembered for messages whose id does not fit a receipt. `user` and `deviceId` say whose push it may be;
 * `said`, what the receipt says of it: vendors repeat themselves for hours, and what is kept already need not be kept again.
 */
export const locateAskSchema = z.object({
  pushes: z
    .array(
      z.object({
        app: appIdSchema,
        vendor: vendorNameSchema,
        messageId: messageIdSchema.nullable(),
        vendorId: z.string().max(256).nullable(),
        user: userIdSchema.nullable(),
        deviceId: deviceIdSchema.nullable(),
        said: pushReceiptedSchema
          .pick({ tokenRef: true, status: true, vendorCode: true })
          .nullable()
          .default(null),
      }),
    )
    .min(1)
    .max(500),
});
export const locateAnswerSchema = z.object({
  places: z.array(
    z
      .object({
        messageId: messageIdSchema,
        partition: z.number().int().min(0).max(63),
        /** When a push to that user's device was decided; null: it was not. */
        settledAt: instantSchema.nullable(),
        /** Whether this receipt of this push is in the log already. */
        isKept: z.boolean().default(false),
      })
      .nullable(),
  ),
});
export type LocateAsk = z.infer<typeof locateAskSchema>;
export type LocateAnswer = z.infer<typeof locateAnswerSchema>;

/** One entry of a message's story. `at` is the stream's time (epoch ms). */
export const timelineEntrySchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('message-accepted'),
    at: instantSchema,
    position: z.number().int(),
    data: messageAcceptedSchema,
  }),
  z.object({
    type: z.literal('message-revoked'),
    at: instantSchema,
    position: z.number().int(),
    data: messageRevokedSchema,
  }),
  z.object({
    type: z.literal('delivery-settled'),
    at: instantSchema,
    position: z.number().int(),
    data: deliverySettledSchema,
  }),
  z.object({
    type: z.literal('delivery-late-acknowledged'),
    at: instantSchema,
    position: z.number().int(),
    data: deliveryLateAcknowledgedSchema,
  }),
  z.object({
    type: z.literal('push-attempted'),
    at: instantSchema,
    position: z.number().int(),
    data: pushAttemptedSchema,
  }),
  z.object({
    type: z.literal('push-closed'),
    at: instantSchema,
    position: z.number().int(),
    data: pushClosedSchema,
  }),
  z.object({
    type: z.literal('push-receipted'),
    at: instantSchema,
    position: z.number().int(),
    data: pushReceiptedSchema,
  }),
  z.object({
    type: z.literal('push-withdrawn'),
    at: instantSchema,
    position: z.number().int(),
    data: pushWithdrawnSchema,
  }),
]);
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** `im.ask.timeline.<app>.show`: refused with `message-unknown` for a message that the view does not have. */
export const timelineAskSchema = z.object({ messageId: messageIdSchema });
export const timelineAnswerSchema = z.object({
  app: appIdSchema,
  messageId: messageIdSchema,
  /** Oldest first. */
  entries: z.array(timelineEntrySchema),
});
export type TimelineAsk = z.infer<typeof timelineAskSchema>;
export type TimelineAnswer = z.infer<typeof timelineAnswerSchema>;
