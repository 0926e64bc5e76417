import { doneAnswerSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners, SessionIdentity } from '../ports.js';

/** A session went to the background or came back. */
export const moveSession =
  ({ owners }: { owners: Owners }) =>
  async ({ app, sessionId }: SessionIdentity, background: boolean): Promise<void> => {
    await owners.ask(subjects.askMoveSession(app), { sessionId, background }, doneAnswerSchema);
  };
