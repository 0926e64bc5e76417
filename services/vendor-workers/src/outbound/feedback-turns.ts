import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { isErrorNamed } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import { buckets } from '@reveille/contracts/streams';
import type { Clock, FeedbackTurns } from '../ports.js';

interface Poll {
  /** When the last turn was taken. */
  readonly takenAt: Instant;
  /** When the list was last fetched and kept; null: never. */
  readonly lastAt: Instant | null;
}

/** Turns in a bucket that all workers share: who writes the time of a fetch first has it. */
export function openFeedbackTurns(bus: Bus, clock: Clock): FeedbackTurns {
  const bucket = openBucket(bus, buckets.feedbackPolls.name);
  const put = (key: string, poll: Poll, revision?: number): Promise<number> =>
    bucket.put(key, Buffer.from(JSON.stringify(poll)), revision);
  return {
    async take(app, vendor, everyMs) {
      const key = `${vendor}.${app}`;
      const entry = await bucket.get(key);
      const last = entry === null ? null : (JSON.parse(Buffer.from(entry.value).toString()) as Poll);
      const now = clock.now();
      if (last !== null && now < last.takenAt + everyMs) return null;
      const lastAt = last?.lastAt ?? null;
      try {
        const revision = await put(key, { takenAt: now, lastAt }, entry?.revision ?? 0);
        return {
          lastAt,
          async done(at) {
            await put(key, { takenAt: now, lastAt: at }, revision);
          },
        };
      } catch (error) {
        // Another worker was first.
        if (isErrorNamed(error, 'ConflictError')) return null;
        throw error;
      }
    },
  };
}
