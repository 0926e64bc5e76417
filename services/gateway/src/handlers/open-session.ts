import { type OpenSessionAnswer, openSessionAnswerSchema } from '@reveille/contracts/ask/presence';
import type { DeviceId, GatewayId, SessionId } from '@reveille/contracts/ids';
import type { Platform } from '@reveille/contracts/device/platform';
import { subjects } from '@reveille/contracts/subjects';
import type { Authenticator, Ids, Owners, Principal } from '../ports.js';

export interface Login {
  readonly token: string;
  readonly deviceId: DeviceId;
  readonly platform: Platform;
  readonly background: boolean;
}

export interface OpenedSession {
  readonly principal: Extract<Principal, { kind: 'client' }>;
  readonly sessionId: SessionId;
  readonly replaced: OpenSessionAnswer['replaced'];
}

export interface OpenSessionPorts {
  readonly authenticator: Authenticator;
  readonly owners: Owners;
  readonly ids: Ids;
  readonly gatewayId: GatewayId;
}

/** Checks who logs in and has presence record the session, which binds the user to the device. */
export const openSession =
  ({ authenticator, owners, ids, gatewayId }: OpenSessionPorts) =>
  async (login: Login): Promise<OpenedSession> => {
    const principal = await authenticator.client(login.token);
    const sessionId = ids.uuid();
    const { replaced } = await owners.ask(
      subjects.askOpenSession(principal.app),
      { sessionId, gatewayId, user: principal.user, deviceId: login.deviceId, platform: login.platform, background: login.background },
      openSessionAnswerSchema,
    );
    return { principal, sessionId, replaced };
  };
