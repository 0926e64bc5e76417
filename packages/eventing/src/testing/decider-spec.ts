import { deepStrictEqual } from 'node:assert/strict';
import type { Decider, Decision } from '../decider.js';

/** A story about an aggregate: given what happened, when this is asked, then that. */
export interface Story<Command, Event> {
  /** Events at the positions 1, 2, 3 and so on. */
  given(...events: readonly Event[]): {
    when(command: Command): {
      then(...events: readonly Event[]): void;
      thenNothing(): void;
      thenRefused(code: string): void;
    };
  };
}

/** Stories for one decider. What is accepted once must yield nothing when it is asked again. */
export function deciderSpec<Command, Event, State>(
  decider: Decider<Command, Event, State>,
): Story<Command, Event> {
  const foldAll = (events: readonly Event[]) =>
    events.reduce((state, event, index) => decider.evolve(state, event, index + 1), decider.initialState);
  return {
    given: (...past) => ({
      when: (command) => {
        const decision = decider.decide(command, foldAll(past));
        const expectEvents = (events: readonly Event[]) => {
          deepStrictEqual(decision, { kind: 'accepted', events } satisfies Decision<Event>);
          const again = decider.decide(command, foldAll([...past, ...events]));
          deepStrictEqual(again, { kind: 'accepted', events: [] }, 'asked again, something happens again');
        };
        return {
          then: (...events) => expectEvents(events),
          thenNothing: () => expectEvents([]),
          thenRefused: (code) => {
            deepStrictEqual(decision.kind === 'refused' ? decision.refusal.code : decision, code);
          },
        };
      },
    }),
  };
}
