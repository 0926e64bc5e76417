import type { OppoSettings } from '@reveille/contracts/vendors/oppo';
import type { FeedbackRecipe } from '../../vendor.js';
import { isRecord, oppoReply } from './oppo.answer.js';

/** OPPO's list of registration ids that died: uninstalled, deregistered, flashed, 30 days off the network. */
export function oppoFeedback({
  feedbackEndpoint,
  feedbackEverySeconds,
}: OppoSettings): FeedbackRecipe | null {
  if (feedbackEndpoint === null) return null;
  return {
    everyMs: feedbackEverySeconds * 1000,
    // One description has the token in the query, another in a header: each ignores the other's.
    request: ({ authorization }) => ({
      method: 'GET',
      origin: feedbackEndpoint,
      path: `/server/v1/feedback/fetch_invalid_regidList?auth_token=${encodeURIComponent(authorization)}`,
      headers: { auth_token: authorization, accept: 'application/json' },
      uniqueHeaders: [],
      body: new Uint8Array(),
      connectionKey: 'feedback',
      isUrgent: false,
    }),
    read(answer) {
      const reply = answer.kind === 'answered' && answer.status === 200 ? oppoReply(answer.body) : null;
      if (reply?.code !== 0 || !isRecord(reply.data)) return null;
      const ids = reply.data['registration_ids'];
      return Array.isArray(ids)
        ? ids.filter((id): id is string => typeof id === 'string' && id !== '')
        : null;
    },
  };
}
