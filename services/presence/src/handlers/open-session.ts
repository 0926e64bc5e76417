import type { OpenSessionAnswer, OpenSessionAsk } from '@reveille/contracts/ask/presence';
import type { AppId } from '@reveille/contracts/ids';
import type { Decision } from '@reveille/eventing/decider';
import { sessionsToReplace } from '../domain/session/sessions-to-replace.js';
import type { Clock, DeviceEvent, Devices, SessionFacts, Sessions, SessionView } from '../ports.js';

export interface OpenSessionPorts {
  readonly devices: Devices;
  readonly sessions: Sessions;
  readonly facts: SessionFacts;
  readonly clock: Clock;
}

type Answered = { readonly kind: 'answered'; readonly answer: OpenSessionAnswer };
type Refused = Extract<Decision<DeviceEvent>, { kind: 'refused' }>;

/**
 * Binds the user to the device and records the session; resolves when both are seen by lookups. Of two sessions that are
 * opened at once the one with the later record stays, whichever presence opened it.
 */
export const openSession =
  ({ devices, sessions, facts, clock }: OpenSessionPorts) =>
  async (app: AppId, ask: OpenSessionAsk, traceparent: string | null): Promise<Answered | Refused> => {
    const { user, deviceId, platform } = ask;
    const at = clock.now();
    const address = { app, deviceId, traceparent };
    const bind = { type: 'bind-user', deviceId, user, platform, at } as const;
    const { decision, state, position } = await devices.handle(address, bind);
    if (decision.kind === 'refused') return decision;

    const { sessionId, gatewayId, background } = ask;
    const record = { sessionId, gatewayId, user, deviceId, platform, background, openedAt: at };
    await devices.whenInDirectory(position);
    // The record last: one that its gateway was never told of would make every message wait for its acknowledgement.
    await facts.opened(app, record, traceparent);
    const revision = await sessions.put(app, record);

    const known = [...sessions.ofUser(app, user), ...sessions.ofDevice(app, deviceId)];
    const replaced = sessionsToReplace({ app, record, revision }, known);
    await Promise.all(replaced.map((view) => kick(view, clock.now())));
    const answer = {
      replaced: replaced.map(({ record: { sessionId, gatewayId } }) => ({ sessionId, gatewayId })),
      pushId: state.pushId,
    };
    return { kind: 'answered', answer };

    async function kick(view: SessionView, closedAt: number): Promise<void> {
      const { sessionId, user, deviceId, gatewayId } = view.record;
      const fact = { sessionId, user, deviceId, gatewayId, reason: 'kicked', closedAt } as const;
      await facts.closed(app, fact, traceparent);
      await sessions.remove({ app, sessionId });
    }
  };
