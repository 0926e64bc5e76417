import type { LiveAnswerInput } from '@reveille/contracts/ask/live';
import type { Acknowledged } from '@reveille/contracts/ask/router';
import type { AppId, DeviceId, MessageId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Clock, Owners, SessionIdentity } from '../ports.js';

export interface OpenAsks {
  /** The asks of this message that wait for this device; they are answered once. */
  take(app: AppId, messageId: MessageId, deviceId: DeviceId): readonly ((reply: LiveAnswerInput) => void)[];
}

/**
 * A client says that it has messages. Every time counts, a frame that it dropped as a duplicate included. What no ask waits for
 * (late, from an inbox page, of a session that came after the ask) is told to the routers.
 */
export const acknowledgeMessage =
  ({ asks, owners, clock }: { asks: OpenAsks; owners: Owners; clock: Clock }) =>
  ({ app, user, deviceId }: SessionIdentity, messageIds: readonly MessageId[]): void => {
    const beside: MessageId[] = [];
    for (const messageId of messageIds) {
      const answers = asks.take(app, messageId, deviceId);
      if (answers.length === 0) beside.push(messageId);
      for (const answer of answers) answer({ type: 'acknowledged', devices: [deviceId] });
    }
    if (beside.length === 0) return;
    const said: Acknowledged = { user, deviceId, messageIds: beside, acknowledgedAt: clock.now() };
    owners.tell(subjects.acknowledged(app), said);
  };
