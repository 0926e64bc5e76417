import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { isErrorNamed } from '@reveille/contracts/errors';
import type { Instant } from '@reveille/contracts/ids';
import { buckets } from '@reveille/contracts/streams';
import type { Clock, FeedbackTurns } from '../ports.js';

interface Poll {
  readonly lastAt: Instant | null;
  readonly nextAt: Instant;
}

/** Turns in a bucket that all workers share: who moves the time of the next fetch has this one. */
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
      if (last !== null && now < last.nextAt) return null;
      const lastAt = last?.lastAt ?? null;
      const nextAt = now + everyMs;
      try {
        const revision = await put(key, { lastAt, nextAt }, entry?.revision ?? 0);
        return {
          lastAt,
          async done(at) {
            await put(key, { lastAt: at, nextAt }, revision);
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
