import type { CloseSessionAsk } from '@reveille/contracts/ask/presence';
import type { AppId } from '@reveille/contracts/ids';
import type { Clock, SessionFacts, Sessions, SessionView } from '../ports.js';

export interface CloseSessionPorts {
  readonly sessions: Pick<Sessions, 'find' | 'remove' | 'orphaned'>;
  readonly facts: Pick<SessionFacts, 'closed'>;
  readonly clock: Clock;
}

/** Ends a session; one that nobody knows has ended already. */
export const closeSession =
  (ports: CloseSessionPorts) =>
  async (app: AppId, ask: CloseSessionAsk, traceparent: string | null): Promise<void> => {
    const view = await ports.sessions.find({ app, sessionId: ask.sessionId });
    if (view !== null) await close(ports, view, ask.reason, traceparent);
  };

/** Ends the sessions of gateways that have gone silent. Every presence may do so at once: it is recorded once. */
export const closeLostSessions = (ports: CloseSessionPorts) => async (): Promise<number> => {
  const lost = ports.sessions.orphaned();
  await Promise.all(lost.map((view) => close(ports, view, 'lost', null)));
  return lost.length;
};

/** The fact first: a crash before the record goes ends in the same fact again, under the same id. */
async function close(
  { sessions, facts, clock }: CloseSessionPorts,
  { app, record }: SessionView,
  reason: CloseSessionAsk['reason'],
  traceparent: string | null,
): Promise<void> {
  const { sessionId, user, deviceId, gatewayId } = record;
  await facts.closed(
    app,
    { sessionId, user, deviceId, gatewayId, reason, closedAt: clock.now() },
    traceparent,
  );
  await sessions.remove({ app, sessionId });
}
