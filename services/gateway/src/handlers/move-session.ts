import { doneAnswerSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners, RateLimit, SessionIdentity } from '../ports.js';
import { changesPerSecond, requireRoom } from '../protocol/require-room.js';

/** A session went to the background or came back. */
export const moveSession =
  ({ owners, changes }: { owners: Owners; changes: RateLimit }) =>
  async ({ app, user, sessionId }: SessionIdentity, background: boolean): Promise<void> => {
    requireRoom(changes.take(app, user, changesPerSecond), `${changesPerSecond} changes`);
    await owners.ask(subjects.askMoveSession(app), { sessionId, background }, doneAnswerSchema);
  };
