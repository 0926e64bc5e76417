import type { Envelope } from '@reveille/contracts/envelope';
import { ContractError } from '@reveille/contracts/errors';
import type { EventStore, History, Recorded } from '@reveille/eventing/event-store';
import { decodeFact } from './codec.js';
import type { Bus } from './connect.js';

/** How the events of one kind of aggregate lie in a stream. */
export interface JetStreamEventStoreOptions<Id, Event, State> {
  readonly stream: string;
  /** The aggregate's own subject: all of its events lie under it, and its last sequence guards appends. */
  readonly subjectOf: (id: Id) => string;
  /** An event as a fact; the deduplication id starts with the app and is the event's own. */
  readonly toFact: (
    event: Event,
    id: Id,
  ) => { readonly messageId: string; readonly envelope: Envelope<unknown> };
  /** Throws ContractError for a fact that is no event of this aggregate. */
  readonly fromFact: (envelope: Envelope<unknown>) => Event;
  /** A state that is folded up to a position: a view's row. Only what came after it is read. */
  readonly snapshotOf?: (id: Id) => Promise<{ readonly state: State; readonly position: number } | null>;
}

/** Aggregates on JetStream: one subject each, optimistic concurrency on the subject's last sequence. */
export class JetStreamEventStore<Id, Event, State> implements EventStore<Id, Event, State> {
  constructor(
    private readonly bus: Bus,
    private readonly options: JetStreamEventStoreOptions<Id, Event, State>,
  ) {}

  async load(id: Id): Promise<History<Event, State>> {
    const { stream, subjectOf, snapshotOf } = this.options;
    const subject = subjectOf(id);
    const [last, snapshot] = await Promise.all([
      this.bus.getLastMessage(stream, subject),
      snapshotOf?.(id) ?? null,
    ]);
    const position = last?.sequence ?? 0;
    const from = snapshot?.position ?? 0;
    const events: Recorded<Event>[] = [];
    if (position > from) {
      const range = { subjects: [subject], startSequence: from + 1, untilSequence: position };
      for await (const stored of this.bus.scan(stream, range)) {
        events.push({ event: this.options.fromFact(decodeFact(stored)), position: stored.sequence });
      }
    }
    return { snapshot: snapshot?.state ?? null, events, position: Math.max(position, from) };
  }

  async append(id: Id, events: readonly Event[], expectedPosition: number): Promise<number> {
    if (events.length === 0) throw new ContractError('there is nothing to append');
    const subject = this.options.subjectOf(id);
    let position = expectedPosition;
    for (const event of events) {
      const { messageId, envelope } = this.options.toFact(event, id);
      const ack = await this.bus.publisher.publishFact({
        subject,
        messageId,
        envelope,
        expectedLastSubjectSequence: position,
      });
      position = ack.sequence;
    }
    return position;
  }
}
