import { ConflictError } from '@reveille/contracts/errors';
import type { EventStore, Recorded } from '../event-store.js';

/** Keeps events in memory, with one count of positions over all aggregates, as a stream has. */
export class MemoryEventStore<Id, Event, State> implements EventStore<Id, Event, State> {
  readonly #byId = new Map<string, Recorded<Event>[]>();
  #tail = 0;

  constructor(private readonly keyOf: (id: Id) => string) {}

  load(id: Id) {
    const events = this.eventsOf(id);
    return Promise.resolve({ snapshot: null, events: [...events], position: events.at(-1)?.position ?? 0 });
  }

  append(id: Id, events: readonly Event[], expectedPosition: number): Promise<number> {
    const past = this.#byId.get(this.keyOf(id)) ?? [];
    const last = past.at(-1)?.position ?? 0;
    if (last !== expectedPosition) {
      return Promise.reject(new ConflictError(`the last event is at ${last}, not at ${expectedPosition}`));
    }
    for (const event of events) past.push({ event, position: (this.#tail += 1) });
    this.#byId.set(this.keyOf(id), past);
    return Promise.resolve(this.#tail);
  }

  eventsOf(id: Id): readonly Recorded<Event>[] {
    return this.#byId.get(this.keyOf(id)) ?? [];
  }
}
