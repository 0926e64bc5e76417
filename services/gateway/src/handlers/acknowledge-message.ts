import type { LiveAnswerInput } from '@reveille/contracts/ask/live';
import type { Acknowledged } from '@reveille/contracts/ask/router';
import type { AppId, DeviceId, MessageId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Apps, Clock, Owners, RateLimit, SessionIdentity } from '../ports.js';
import { requireRoom } from '../protocol/require-room.js';

export interface OpenAsks {
  /** The asks of this message that wait for this device; they are answered once. */
  take(app: AppId, messageId: MessageId, deviceId: DeviceId): readonly ((reply: LiveAnswerInput) => void)[];
}

export interface AcknowledgePorts {
  readonly asks: OpenAsks;
  readonly owners: Owners;
  readonly clock: Clock;
  readonly apps: Apps;
  readonly limit: RateLimit;
}

/**
 * A client says that it has messages. Every time counts, a frame that it dropped as a duplicate included. What no ask waits for
 * (late, from an inbox page, of a session that came after the ask) is told to the routers. Answers to open asks are as
 * many as the asks; what a client says beside them is limited, since every router hears it.
 * @throws WaitRefusedError `rate-limited`: what nobody asked about was not told, and may be said again.
 */
export const acknowledgeMessage =
  ({ asks, owners, clock, apps, limit }: AcknowledgePorts) =>
  ({ app, user, deviceId }: SessionIdentity, messageIds: readonly MessageId[]): void => {
    const beside: MessageId[] = [];
    for (const messageId of messageIds) {
      const answers = asks.take(app, messageId, deviceId);
      if (answers.length === 0) beside.push(messageId);
      for (const answer of answers) answer({ type: 'acknowledged', devices: [deviceId] });
    }
    if (beside.length === 0) return;
    const most = apps.get(app)?.acknowledgementsPerSecond ?? 0;
    requireRoom(limit.take(app, user, most, beside.length), `${most} acknowledgements`);
    const said: Acknowledged = { user, deviceId, messageIds: beside, acknowledgedAt: clock.now() };
    owners.tell(subjects.acknowledged(app), said);
  };
