import type { InboxPageAnswer, InboxPageAsk } from '@reveille/contracts/ask/router';
import { RefusedError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import type { Views } from '../ports.js';
import { readCursor, writeCursor } from '../protocol/inbox-cursor.js';

/**
 * A page of what a user missed. Every page waits for the view, so that nothing falls between "settled as offline" and "not yet
 * in the inbox" of a client that goes on at its cursor; the cursor moves by pages.
 * @throws RefusedError `cursor-invalid`, also for one from beyond the end: it belongs to another log.
 */
export function readInbox({ views }: { readonly views: Views }) {
  return async (app: AppId, { user, cursor, limit }: InboxPageAsk): Promise<InboxPageAnswer> => {
    const after = readCursor(cursor);
    const end = await views.whenMessagesAreSeen();
    if (after > end) throw new RefusedError('cursor-invalid', 'this cursor belongs to another log');
    const { items, more } = await views.inboxAfter(app, user, after, limit);
    return { items, cursor: writeCursor(items.at(-1)?.position ?? after), more };
  };
}
