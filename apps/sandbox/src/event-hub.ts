/** Something that happened to a phone. `at` is the sandbox's clock, epoch milliseconds. */
export interface PhoneEvent {
  readonly type:
    | 'phone'
    | 'token'
    | 'unregistered'
    | 'network'
    | 'shown'
    | 'replaced'
    | 'data'
    | 'call'
    | 'tapped'
    | 'stored'
    | 'dropped';
  readonly at: number;
  readonly phoneId: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Hands phone events to whoever listens at the moment; nothing is kept. */
export class EventHub {
  readonly #listeners = new Set<(event: PhoneEvent) => void>();

  subscribe(listener: (event: PhoneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `make` is called only when somebody listens: a push costs nothing here while nobody does. */
  emit(make: () => PhoneEvent): void {
    if (this.#listeners.size === 0) return;
    const event = make();
    for (const listener of this.#listeners) listener(event);
  }
}
