import type { AppId, Instant, MessageId } from '@reveille/contracts/ids';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { ReceiptWatch, VendorLines } from '../ports.js';
import { type KeepReceiptsPorts, keepReceipts } from '../protocol/keep-receipts.js';
import type { ReceiptCallback, ReceiptReply } from '../vendor.js';

export interface RecordReceiptsPorts {
  readonly lines: Pick<VendorLines, 'of'>;
  readonly keep: KeepReceiptsPorts;
  /** The text of a key, by its reference. Throws UnavailableError when it cannot be read. */
  readonly keyIn: (reference: string) => Promise<string>;
  /** The message that a receipt's word names; null where it is not ours. */
  readonly messageIdIn: (app: AppId, vendor: VendorName, param: string) => MessageId | null;
  readonly refused: ReceiptWatch['refused'];
}

export interface Callback {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly request: ReceiptCallback;
  readonly receivedAt: Instant;
}

/** Keeps what a vendor's callback says. Gives the vendor's answer when everything is durable; null where none is expected. */
export const recordReceipts =
  ({ lines, keep, keyIn, messageIdIn, refused }: RecordReceiptsPorts) =>
  async ({ app, vendor, request, receivedAt }: Callback): Promise<ReceiptReply | null> => {
    const recipe = lines.of(app, vendor)?.channel.receipts ?? null;
    if (recipe === null) return null;
    const key = recipe.keyReference === null ? null : await keyIn(recipe.keyReference);
    const reading = recipe.read(request, key, receivedAt);
    if (reading.kind === 'refused') {
      refused(app, vendor, reading.cause);
      return reading.reply;
    }
    const said = reading.receipts.map(({ param, ...receipt }) => ({
      ...receipt,
      messageId: param === null ? null : messageIdIn(app, vendor, param),
    }));
    await keepReceipts(keep, { app, vendor, receivedAt, source: 'callback', fallbackAt: null }, said);
    return reading.reply;
  };
