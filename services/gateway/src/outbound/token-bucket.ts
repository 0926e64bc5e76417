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

  /** Null when there was room; else the milliseconds until there is. */
  take(now: number): number | null {
    const earned = (Math.max(0, now - this.#at) * this.perSecond) / 1_000;
    this.#tokens = Math.min(this.perSecond, this.#tokens + earned);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return null;
    }
    return Math.ceil(((1 - this.#tokens) * 1_000) / this.perSecond);
  }

  /** It is as full as a new one: it may be forgotten. */
  isFull(now: number): boolean {
    return this.#tokens + ((now - this.#at) * this.perSecond) / 1_000 >= this.perSecond;
  }
}
