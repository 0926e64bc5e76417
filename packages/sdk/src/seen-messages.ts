/** Remembers the ids of messages that were handed to the app, up to a bound: the oldest are forgotten first. */
export class SeenMessages {
  readonly #ids = new Set<string>();

  constructor(private readonly limit = 20_000) {}

  /** False when it was seen before. */
  add(id: string): boolean {
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    if (this.#ids.size > this.limit) this.#ids.delete(this.#ids.values().next().value ?? '');
    return true;
  }
}
