import { type CloseSessionAsk, doneAnswerSchema } from '@reveille/contracts/ask/presence';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners, SessionIdentity } from '../ports.js';

/** Tells presence that a session ended; `logout` also unbinds the user from the device, before the session goes. */
export const closeSession =
  ({ owners }: { owners: Owners }) =>
  async (
    { app, user, deviceId, sessionId }: SessionIdentity,
    reason: CloseSessionAsk['reason'],
  ): Promise<void> => {
    if (reason === 'logout') {
      await owners.ask(
        subjects.askUnbindUser(app),
        { deviceId, user, deviceSecret: null, proof: 'session' },
        doneAnswerSchema,
      );
    }
    await owners.ask(subjects.askCloseSession(app), { sessionId, reason }, doneAnswerSchema);
  };
