import { type LiveAnswerInput, liveAskSchema } from '@reveille/contracts/ask/live';
import { ContractError } from '@reveille/contracts/errors';
import type { AppId, DeviceId, Instant, MessageId, UserId } from '@reveille/contracts/ids';
import type { InboxItem } from '@reveille/contracts/ask/live';
import type { Clock } from '../ports.js';

/** The open connections of a user here. */
export interface LiveConnections {
  of(app: AppId, user: UserId): readonly LiveConnection[];
}
export interface LiveConnection {
  readonly deviceId: DeviceId;
  readonly isBackground: boolean;
  /** False when the client does not read: the frame was not written. */
  deliver(message: InboxItem): boolean;
}

/** Asks that wait for a client's acknowledgement. */
export interface PendingAsks {
  add(
    app: AppId,
    messageId: MessageId,
    deviceId: DeviceId,
    expiresAt: Instant,
    answer: (reply: LiveAnswerInput) => void,
  ): void;
}

export interface DeliverLivePorts {
  readonly connections: LiveConnections;
  readonly pending: PendingAsks;
  readonly clock: Clock;
}

/** Above the longest deadline of an acknowledgement: after it the router does not listen any more. */
const answerWindowMs = 15_000;

/** Answers a live ask: who is held here, at once; that a client has acknowledged, when it has. */
export const deliverLive =
  ({ connections, pending, clock }: DeliverLivePorts) =>
  (app: AppId, user: UserId, body: unknown, answer: (reply: LiveAnswerInput) => void): void => {
    const parsed = liveAskSchema.safeParse(body);
    if (!parsed.success)
      throw new ContractError(`a live ask does not fit its schema: ${parsed.error.message}`);
    const { message } = parsed.data;
    const open = connections.of(app, user);
    answer({
      type: 'holding',
      devices: open.map(({ deviceId, isBackground }) => ({ deviceId, background: isBackground })),
    });
    const expiresAt = clock.now() + answerWindowMs;
    for (const connection of open) {
      pending.add(app, message.messageId, connection.deviceId, expiresAt, answer);
      connection.deliver(message);
    }
  };
