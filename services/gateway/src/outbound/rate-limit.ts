import type { AppId, UserId } from '@reveille/contracts/ids';
import type { Clock, RateLimit } from '../ports.js';
import { TokenBucket } from './token-bucket.js';

/** A bucket per user who does something; full ones are forgotten. */
export class UserRateLimit implements RateLimit {
  readonly #buckets = new Map<string, { bucket: TokenBucket; perSecond: number }>();

  constructor(private readonly clock: Clock) {}

  take(app: AppId, user: UserId, perSecond: number, count = 1): { retryAfterMs: number } | null {
    const now = this.clock.now();
    const key = `${app} ${user}`;
    let entry = this.#buckets.get(key);
    if (entry === undefined || entry.perSecond !== perSecond) {
      entry = { bucket: new TokenBucket(perSecond, now), perSecond };
      this.#buckets.set(key, entry);
    }
    const wait = entry.bucket.take(now, count);
    return wait === null ? null : { retryAfterMs: wait };
  }

  sweep(): void {
    const now = this.clock.now();
    for (const [key, { bucket }] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
  }
}
