import type { MoveSessionAsk } from '@reveille/contracts/ask/presence';
import type { AppId } from '@reveille/contracts/ids';
import type { Clock, SessionFacts, Sessions } from '../ports.js';

export interface MoveSessionPorts {
  readonly sessions: Sessions;
  readonly facts: SessionFacts;
  readonly clock: Clock;
}

/** Takes a session to the background or back; resolves when lookups see it. Nothing for one that has ended. */
export const moveSession =
  ({ sessions, facts, clock }: MoveSessionPorts) =>
  async (
    app: AppId,
    { sessionId, background }: MoveSessionAsk,
    traceparent: string | null,
  ): Promise<void> => {
    const view = await sessions.find({ app, sessionId });
    if (view === null || view.record.background === background) return;
    // Guarded: a session that ends meanwhile is not brought back.
    await sessions.put(app, { ...view.record, background }, view.revision);
    const { user, deviceId, gatewayId } = view.record;
    const fact = { sessionId, user, deviceId, gatewayId, background, movedAt: clock.now() };
    await facts.moved(app, fact, traceparent);
  };
