/**
 * Many deadlines on one interval timer: adding and forgetting one costs an array push, not a timer object. A deadline
 * fires up to one tick late, never early.
 */
export class TimerWheel {
  readonly #slots: number[][];
  #tick = 0;
  #startedAt = 0;
  #held = 0;
  #interval: NodeJS.Timeout | null = null;

  /** `onDue` tells how many ms a token still has to wait; it acts and returns 0 when it is due or forgotten. */
  constructor(
    private readonly onDue: (token: number) => number,
    private readonly tickMs = 25,
    slots = 512,
  ) {
    this.#slots = Array.from({ length: slots }, () => []);
  }

  add(token: number, afterMs: number): void {
    if (this.#interval === null) {
      this.#tick = 0;
      this.#startedAt = performance.now();
      this.#interval = setInterval(() => this.#advance(), this.tickMs);
      this.#interval.unref();
    }
    this.#held += 1;
    this.#slotAfter(afterMs).push(token);
  }

  stop(): void {
    if (this.#interval !== null) clearInterval(this.#interval);
    this.#interval = null;
    this.#held = 0;
    for (const slot of this.#slots) slot.length = 0;
  }

  /** A token that lies further away than the wheel is wide waits in the last slot and goes round again. */
  #slotAfter(afterMs: number): number[] {
    const ticks = Math.min(Math.max(Math.ceil(afterMs / this.tickMs) + 1, 1), this.#slots.length - 1);
    const due = Math.floor((performance.now() - this.#startedAt) / this.tickMs) + ticks;
    const index = Math.max(due, this.#tick + 1) % this.#slots.length;
    return this.#slots[index] as number[];
  }

  #advance(): void {
    const reached = Math.floor((performance.now() - this.#startedAt) / this.tickMs);
    while (this.#tick < reached) {
      this.#tick += 1;
      const slot = this.#slots[this.#tick % this.#slots.length] as number[];
      if (slot.length === 0) continue;
      const tokens = slot.splice(0);
      this.#held -= tokens.length;
      for (const token of tokens) {
        const left = this.onDue(token);
        if (left > 0) {
          this.#held += 1;
          this.#slotAfter(left).push(token);
        }
      }
    }
    if (this.#held > 0 || this.#interval === null) return;
    clearInterval(this.#interval);
    this.#interval = null;
  }
}
