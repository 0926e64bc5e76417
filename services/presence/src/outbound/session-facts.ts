import type { Bus } from '@reveille/bus/connect';
import type { AppId, UserId } from '@reveille/contracts/ids';
import { dedupId } from '@reveille/contracts/message-id';
import { partitionOf } from '@reveille/contracts/partition';
import { subjects } from '@reveille/contracts/subjects';
import type { Clock, SessionFacts } from '../ports.js';

interface Sources {
  readonly clock: Clock;
  readonly newEventId: () => string;
}
interface SaidOfSession {
  readonly app: AppId;
  readonly event: 'opened' | 'moved' | 'closed';
  readonly data: { readonly user: UserId; readonly sessionId: string };
  readonly traceparent: string | null;
  readonly messageIdOf: (eventId: string) => string;
}

/** Publishes session facts in the partition of their user. */
export function createSessionFacts(bus: Bus, { clock, newEventId }: Sources): SessionFacts {
  const say = async ({ app, event, data, traceparent, messageIdOf }: SaidOfSession): Promise<void> => {
    const id = newEventId();
    await bus.publisher.publishFact({
      subject: subjects.session(app, partitionOf(data.user), event),
      messageId: messageIdOf(id),
      envelope: {
        id,
        type: `session-${event}`,
        version: 1,
        source: 'presence',
        time: clock.now(),
        app,
        subject: data.sessionId,
        correlation: null,
        causation: null,
        traceparent,
        data,
      },
    });
  };
  return {
    opened: (app, data, traceparent) =>
      say({
        app,
        event: 'opened',
        data,
        traceparent,
        messageIdOf: () => dedupId.sessionOpened(app, data.sessionId),
      }),
    moved: (app, data, traceparent) =>
      say({ app, event: 'moved', data, traceparent, messageIdOf: (id) => dedupId.sessionMoved(app, id) }),
    closed: (app, data, traceparent) =>
      say({
        app,
        event: 'closed',
        data,
        traceparent,
        messageIdOf: () => dedupId.sessionClosed(app, data.sessionId),
      }),
  };
}
