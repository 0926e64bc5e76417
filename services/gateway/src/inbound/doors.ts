import type { InboxPageAnswer, TimelineAnswer } from '@reveille/contracts/ask/router';
import type { AppId, MessageId, UserId } from '@reveille/contracts/ids';
import type { Accepted, MessageToAccept } from '../handlers/accept-message.js';
import type { DeviceDoor } from '../handlers/manage-device.js';
import type { Authenticator } from '../ports.js';

export const DOORS = Symbol('doors');

/** The handlers that the controllers call, wired by the module. */
export interface Doors {
  readonly authenticator: Authenticator;
  accept(message: MessageToAccept): Promise<Accepted>;
  timeline(app: AppId, messageId: MessageId): Promise<TimelineAnswer>;
  inbox(app: AppId, user: UserId, cursor: string | null, limit: number): Promise<InboxPageAnswer>;
  readonly devices: DeviceDoor;
}
