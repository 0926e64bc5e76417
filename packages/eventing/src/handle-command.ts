import { isErrorNamed } from '@reveille/contracts/errors';
import type { Decider, Decision } from './decider.js';
import type { EventStore, History } from './event-store.js';

/** The decision, the state that it was taken on, and the aggregate's position after it. */
export interface Handled<Event, State> {
  readonly decision: Decision<Event>;
  readonly state: State;
  readonly position: number;
}

/** Between the decision and its events, for what must be durable before them. Not called when there are no events. */
export type BeforeAppend<Event> = (events: readonly Event[]) => Promise<void>;

const mostTries = 8;

/**
 * Load, fold, decide, append; again from the start when somebody else was first.
 * @throws ConflictError when somebody else was first every time.
 */
export async function handleCommand<Id, Command, Event, State>(
  decider: Decider<Command, Event, State>,
  store: EventStore<Id, Event, State>,
  id: Id,
  command: Command,
  beforeAppend: BeforeAppend<Event> = () => Promise.resolve(),
): Promise<Handled<Event, State>> {
  for (let tries = 1; ; tries += 1) {
    const history = await store.load(id);
    const state = fold(decider, history);
    const decision = decider.decide(command, state);
    if (decision.kind === 'refused' || decision.events.length === 0) {
      return { decision, state, position: history.position };
    }
    await beforeAppend(decision.events);
    try {
      return { decision, state, position: await store.append(id, decision.events, history.position) };
    } catch (error) {
      if (!isErrorNamed(error, 'ConflictError') || tries === mostTries) throw error;
    }
  }
}

/** The state after all of its events. */
export function fold<Event, State>(
  decider: Pick<Decider<never, Event, State>, 'initialState' | 'evolve'>,
  history: Pick<History<Event, State>, 'snapshot' | 'events'>,
): State {
  let state = history.snapshot ?? decider.initialState;
  for (const { event, position } of history.events) state = decider.evolve(state, event, position);
  return state;
}
