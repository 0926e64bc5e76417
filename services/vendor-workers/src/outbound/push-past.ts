import type { Bus } from '@reveille/bus/connect';
import { subjectPatterns } from '@reveille/contracts/subjects';
import type { PushFacts, PushRecord } from '../ports.js';
import { clockSkewMs, readPushes } from './push-history.js';

/** A question about a push of weeks ago may be long to read: the others go past it. */
const readsAtOnce = 4;

/**
 * Answers what PUSHES said of a job in a time that may be long past. Each question reads its own partition from its own time on, and
 * no further than it must; apart from the histories that repeats wait for.
 */
export function openPushPast(bus: Bus): PushFacts['past'] {
  let running = 0;
  const waiting: (() => void)[] = [];
  const begin = async (): Promise<void> => {
    if (running < readsAtOnce) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const end = (): void => {
    const next = waiting.shift();
    // Whoever comes next takes over this one's place.
    if (next === undefined) running -= 1;
    else next();
  };
  return async (app, { vendor, partition, jobId, since, until, isEnough }) => {
    await begin();
    try {
      const untilSequence = await bus.streamTail('PUSHES');
      const subjects = [subjectPatterns.pushesOfPartition(app, partition, vendor)];
      const records: PushRecord[] = [];
      let isOver = false;
      await readPushes(
        bus,
        { subjects, startTime: Math.max(0, since - clockSkewMs), untilSequence },
        (of, record) => {
          if (of !== jobId) return;
          records.push(record);
          isOver = isEnough(records);
        },
        (storedAt) => !isOver && (until === null || storedAt <= until + clockSkewMs),
      );
      return records;
    } finally {
      end();
    }
  };
}
