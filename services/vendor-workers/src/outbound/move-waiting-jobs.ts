import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { header } from '@reveille/contracts/headers';
import type { AppId, Instant } from '@reveille/contracts/ids';
import { pushJobSchema } from '@reveille/contracts/push/job';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { subjectPatterns } from '@reveille/contracts/subjects';
import { movedWait } from '../protocol/moved-wait.js';
import { moveWaitingJob } from './move-waiting-job.js';

export interface MoveWaitingOptions {
  readonly bus: Bus;
  /** When a quota renews that was met spent at that moment. */
  readonly renewsAt: (at: Instant) => Instant;
  readonly now: () => Instant;
  /** 0 up to but not including 1 */
  readonly random: () => number;
}

/** What comes so soon is looked at then, by a worker that knows the new turn. */
const soonMs = 15_000;
const atOnce = 100;
/** `@at <instant>`, as the schedule was published. */
const scheduledAt = /^@at (.+)$/;

/**
 * Looks through all jobs of an app and vendor that wait, and moves those that wait for a quota to when it renews now. Rejects
 * while the log cannot be reached; to begin again does no harm.
 * @returns how many it tried to move
 */
export async function moveWaitingJobs(
  app: AppId,
  vendor: VendorName,
  options: MoveWaitingOptions,
): Promise<number> {
  const { bus } = options;
  const untilSequence = await bus.streamTail('PUSH_JOBS');
  const moving = new Set<Promise<void>>();
  let moved = 0;
  const subjects = [subjectPatterns.pushLaterOf(vendor, app)];
  for await (const stored of bus.scan('PUSH_JOBS', { subjects, untilSequence })) {
    const move = moveOf(app, stored, options);
    if (move === null) continue;
    moved += 1;
    const flight: Promise<void> = moveWaitingJob(bus, move).finally(() => moving.delete(flight));
    moving.add(flight);
    if (moving.size >= atOnce) await Promise.race(moving);
  }
  await Promise.all(moving);
  return moved;
}

function moveOf(app: AppId, stored: StoredMessage, { bus, renewsAt, now, random }: MoveWaitingOptions) {
  const at = Date.parse(scheduledAt.exec(stored.headers[header.schedule] ?? '')?.[1] ?? '');
  // A marker that a cancelled schedule has left has no time.
  if (Number.isNaN(at) || at < now() + soonMs) return null;
  // A withdrawal waits for no quota.
  if (stored.headers[header.type] === 'withdrawal-job') return null;
  const parsed = pushJobSchema.safeParse(jsonOf(stored));
  if (!parsed.success) {
    const { subject, sequence } = stored;
    bus.logger.error('PUSH_JOBS holds a job that is not what the contracts say', { subject, sequence });
    return null;
  }
  const moved = movedWait({ job: parsed.data, at }, renewsAt(stored.storedAt), random());
  return moved === null ? null : { ...moved, app, position: stored.sequence, envelope: decodeFact(stored) };
}

function jsonOf({ data }: StoredMessage): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    // Reported by the caller, as any other job that is not what it should be.
    return null;
  }
}
