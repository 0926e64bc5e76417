import { type InboxPageAnswer, inboxPageAnswerSchema } from '@reveille/contracts/ask/router';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners } from '../ports.js';

/** A page of what a user missed. */
export const readInbox =
  ({ owners }: { owners: Owners }) =>
  (app: AppId, user: UserId, cursor: string | null, limit: number): Promise<InboxPageAnswer> =>
    owners.ask(subjects.askInboxPage(app), { user, cursor, limit }, inboxPageAnswerSchema);
