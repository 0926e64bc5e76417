import { type OpenSessionAnswer, openSessionAnswerSchema } from '@reveille/contracts/ask/presence';
import type { Platform } from '@reveille/contracts/device/platform';
import type { GatewayId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Owners, SessionIdentity } from '../ports.js';

/** Has presence record a session, which binds its user to the device; answers which older sessions it replaces. */
export const openSession =
  ({ owners, gatewayId }: { owners: Owners; gatewayId: GatewayId }) =>
  async (
    { app, user, deviceId, sessionId }: SessionIdentity,
    { platform, background }: { platform: Platform; background: boolean },
  ): Promise<OpenSessionAnswer['replaced']> => {
    const ask = { sessionId, gatewayId, user, deviceId, platform, background };
    const { replaced } = await owners.ask(subjects.askOpenSession(app), ask, openSessionAnswerSchema);
    return replaced;
  };
