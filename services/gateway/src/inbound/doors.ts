import type { InboxPageAnswer, TimelineAnswer } from '@reveille/contracts/ask/router';
import type { AppId, MessageId } from '@reveille/contracts/ids';
import type { Accepted, MessageToAccept } from '../handlers/accept-message.js';
import type { DeviceDoor } from '../handlers/manage-device.js';
import type { InboxQuestion } from '../handlers/read-inbox.js';
import type { Authenticator } from '../ports.js';

export const DOORS = Symbol('doors');

/** The handlers that the controllers call, wired by the module. */
export interface Doors {
  readonly authenticator: Authenticator;
  accept(message: MessageToAccept): Promise<Accepted>;
  timeline(app: AppId, messageId: MessageId): Promise<TimelineAnswer>;
  inbox(question: InboxQuestion): Promise<InboxPageAnswer>;
  readonly devices: DeviceDoor;
}
