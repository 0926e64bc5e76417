import { type TimelineAnswer, timelineAnswerSchema } from '@reveille/contracts/ask/router';
import type { AppId, MessageId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners } from '../ports.js';

/** The story of a message of this app. */
export const readTimeline =
  ({ owners }: { owners: Owners }) =>
  (app: AppId, messageId: MessageId): Promise<TimelineAnswer> =>
    owners.ask(subjects.askTimeline(app), { messageId }, timelineAnswerSchema);
