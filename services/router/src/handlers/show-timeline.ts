import type { TimelineAnswer, TimelineAsk } from '@reveille/contracts/ask/router';
import { RefusedError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import type { Views } from '../ports.js';

/**
 * The story of a message.
 * @throws RefusedError `message-unknown` for a message that MESSAGES did not hold when the question came.
 */
export function showTimeline({ views }: { readonly views: Views }) {
  return async (app: AppId, { messageId }: TimelineAsk): Promise<TimelineAnswer> => {
    let entries = await views.timeline(app, messageId);
    if (entries === null) {
      await views.whenMessagesAreSeen();
      entries = await views.timeline(app, messageId);
    }
    if (entries === null) throw new RefusedError('message-unknown', `there is no message ${messageId}`);
    return { app, messageId, entries };
  };
}
