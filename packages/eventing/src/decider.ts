import type { Refusal, RefusalCode } from '@reveille/contracts/ask/refusal';

/** What a decision says: facts that happened (none: nothing to do), or a no. */
export type Decision<Event> =
  | { readonly kind: 'accepted'; readonly events: readonly Event[] }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Yes. Without events: it was so already. */
export function accept<Event>(...events: readonly Event[]): Decision<Event> {
  return { kind: 'accepted', events };
}

/** No, with a code that clients know and a sentence for people. */
export function refuse(code: RefusalCode, message: string): Decision<never> {
  return { kind: 'refused', refusal: { code, message } };
}

/**
 * An aggregate as two pure functions. `decide` never throws and says nothing new when it is asked the same thing again;
 * `evolve` takes any event in any state. `position` is the event's place in its stream.
 */
export interface Decider<Command, Event, State> {
  readonly initialState: State;
  decide(command: Command, state: State): Decision<Event>;
  evolve(state: State, event: Event, position: number): State;
}
