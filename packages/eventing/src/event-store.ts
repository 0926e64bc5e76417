/** An event with its place in the stream. */
export interface Recorded<Event> {
  readonly event: Event;
  readonly position: number;
}

/** What is known of one aggregate: a state that some of its events are folded into, and the events after it. */
export interface History<Event, State> {
  /** Null: fold from the beginning. */
  readonly snapshot: State | null;
  readonly events: readonly Recorded<Event>[];
  /** The position of the aggregate's last event, the snapshot's included; 0 = none. */
  readonly position: number;
}

/** Where the events of aggregates are kept. */
export interface EventStore<Id, Event, State> {
  load(id: Id): Promise<History<Event, State>>;
  /**
   * Appends in order and returns the position of the last one. ConflictError when the aggregate's last event is not at
   * `expectedPosition`. A crash may leave the first of several events alone: deciding again must yield the rest.
   */
  append(id: Id, events: readonly Event[], expectedPosition: number): Promise<number>;
}
