import type { FindMessageAnswer, FindMessageAsk } from '@reveille/contracts/ask/router';
import type { AppId } from '@reveille/contracts/ids';
import type { Views } from '../ports.js';

/** The first message of a sender with this client message id, among all that were accepted before the question. */
export function findMessage({ views }: { readonly views: Views }) {
  return async (app: AppId, { sender, clientMessageId }: FindMessageAsk): Promise<FindMessageAnswer> => ({
    found: await views.findMessage(app, sender, clientMessageId),
  });
}
