/** A bucket of `perSecond` tokens that refills evenly; a burst may take a whole second's worth. Times are epoch milliseconds. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(
    private readonly perSecond: number,
    now: number,
  ) {
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** Null when there was room for `count` (at most `perSecond`); else the milliseconds until there is, and nothing was taken. */
  take(now: number, count = 1): number | null {
    const earned = (Math.max(0, now - this.#at) * this.perSecond) / 1_000;
    this.#tokens = Math.min(this.perSecond, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens >= count) {
      this.#tokens -= count;
      return null;
    }
    return Math.ceil(((count - this.#tokens) * 1_000) / this.perSecond);
  }

  /** It is as full as a new one: it may be forgotten. */
  isFull(now: number): boolean {
    return this.#tokens + ((now - this.#at) * this.perSecond) / 1_000 >= this.perSecond;
  }
}
