import { z } from 'zod';

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
