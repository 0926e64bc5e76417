/** Timers that end with the sandbox. */
export class OpenTimers {
  readonly #open = new Set<NodeJS.Timeout>();

  after(ms: number, then: () => void): void {
    const timer = setTimeout(() => {
      this.#open.delete(timer);
      then();
    }, ms);
    this.#open.add(timer);
  }

  cancelAll(): void {
    for (const timer of this.#open) clearTimeout(timer);
    this.#open.clear();
  }
}
