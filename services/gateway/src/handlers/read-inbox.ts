import { type InboxPageAnswer, inboxPageAnswerSchema } from '@reveille/contracts/ask/router';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Apps, Owners, RateLimit } from '../ports.js';
import { requireRoom } from '../protocol/require-room.js';

export interface ReadInboxPorts {
  readonly owners: Owners;
  readonly apps: Apps;
  readonly limit: RateLimit;
}

export interface InboxQuestion {
  readonly app: AppId;
  readonly user: UserId;
  readonly cursor: string | null;
  readonly limit: number;
  /** Servers are trusted with their own rate. */
  readonly isLimited: boolean;
}

/** A page of what a user missed. @throws WaitRefusedError `rate-limited`. */
export const readInbox =
  ({ owners, apps, limit: rate }: ReadInboxPorts) =>
  async ({ app, user, cursor, limit, isLimited }: InboxQuestion): Promise<InboxPageAnswer> => {
    if (isLimited) {
      const most = apps.get(app)?.inboxPagesPerSecond ?? 0;
      requireRoom(rate.take(app, user, most), `${most} inbox pages`);
    }
    return owners.ask(subjects.askInboxPage(app), { user, cursor, limit }, inboxPageAnswerSchema);
  };
