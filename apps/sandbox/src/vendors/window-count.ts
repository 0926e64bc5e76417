/** Counts per key within windows of one length (a second, a day) that all keys share; with a new window all begin at 0. */
export class WindowCount {
  #window = Number.NaN;
  readonly #counts = new Map<string, number>();

  /** `offsetMs` moves the turn: 8 hours for days that begin at midnight in China. */
  constructor(
    private readonly lengthMs: number,
    private readonly offsetMs = 0,
  ) {}

  /** False: more than `most` in this window, and nothing was counted. 0 is no limit. */
  take(key: string, count: number, most: number, now: number): boolean {
    const window = Math.floor((now + this.offsetMs) / this.lengthMs);
    if (window !== this.#window) this.#counts.clear();
    this.#window = window;
    const taken = this.#counts.get(key) ?? 0;
    if (most > 0 && taken + count > most) return false;
    this.#counts.set(key, taken + count);
    return true;
  }
}
