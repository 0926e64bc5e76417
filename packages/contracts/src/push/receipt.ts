import { z } from 'zod';
import {
  deviceIdSchema,
  instantSchema,
  type MessageId,
  messageIdSchema,
  tokenRefSchema,
  userIdSchema,
} from '../ids.js';
import { vendorNameSchema } from './vendor.js';

/** What a vendor says of a push after it took it: a closed list. */
export const receiptStatusSchema = z.enum([
  /** It reached the phone (or the vendor's client on it). */
  'delivered',
  'clicked',
  /** It was not delivered within its time to live. */
  'expired',
  /** A later push took its place before it was delivered. */
  'replaced',
  /** The vendor took it and then would not deliver it: content, rights, filters. */
  'refused',
  /** The person has switched notifications off, or the device cannot receive now; the token lives. */
  'muted',
  /** A cap of the app or of the device was reached. */
  'quota-spent',
  /** The token is dead. */
  'token-unregistered',
  /** A code that the vendor's table does not know: kept with its raw code. */
  'unclassified',
]);
export type ReceiptStatus = z.infer<typeof receiptStatusSchema>;

/**
 * `push-receipted`, version 1: what a vendor said of a push after it took it, once per push, status and code however often
 * the vendor repeats itself. One that belongs to no push that is known is kept too, without a message.
 */
export const pushReceiptedSchema = z.object({
  vendor: vendorNameSchema,
  /** Null: no push of ours is known that it speaks about. */
  messageId: messageIdSchema.nullable(),
  /** Whose push it was; without a message: who had the token when the receipt came. */
  user: userIdSchema.nullable(),
  /** Null: nobody has had the token. */
  deviceId: deviceIdSchema.nullable(),
  /** Null where the receipt names no token. */
  tokenRef: tokenRefSchema.nullable(),
  status: receiptStatusSchema,
  /** The vendor's own word. */
  vendorCode: z.string().max(256),
  /** The id under which the vendor took the push; null where it does not say. */
  vendorId: z.string().max(256).nullable(),
  /** By the vendor's clock; null where it does not say. */
  occurredAt: instantSchema.nullable(),
  /**
   * The last moment that the word surely speaks about, by which a condemned token's age is weighed: the vendor's own time,
   * else when the push was decided or, of a polled list, when it was polled before; null: it cannot be told.
   */
  observedAt: instantSchema.nullable(),
  receivedAt: instantSchema,
  /** A callback about one push, or the vendor's list of dead tokens. */
  source: z.enum(['callback', 'list']).default('callback'),
});
export type PushReceipted = z.infer<typeof pushReceiptedSchema>;

/** Whether a receipt says that a token is dead which somebody has. */
export function receiptCondemns({ status, tokenRef, deviceId }: PushReceipted): boolean {
  return status === 'token-unregistered' && tokenRef !== null && deviceId !== null;
}

/** What comes back in a receipt to name its message: the id, a dot and a proof that it is ours. */
const mostParamBytes = 50;
export const receiptProofChars = 12;

/** False for a platform's long message id: its receipts are matched by the vendor's own id of the push. */
export function fitsReceiptParam(messageId: MessageId): boolean {
  return messageId.length + 1 + receiptProofChars <= mostParamBytes;
}

/** In the place of a device, in what a token is sealed for whose device is not known: no device is called so. */
export const sealedForNobody = '';
