import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import type { Envelope } from '@reveille/contracts/envelope';
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
  /** Ends the look before its end, without a fault. */
  readonly signal: AbortSignal;
}

/** What comes so soon is looked at then, by a worker that knows the new turn. */
const soonMs = 15_000;
const atOnce = 100;
/** `@at <instant>`, as the schedule was published. */
const scheduledAt = /^@at (.+)$/;

/**
 * Looks through all jobs of an app and vendor that wait, and moves those that wait for a quota to when it renews now. Rejects
 * while the log cannot be reached, or with the first fault of a move, when no move is on its way any more; to begin again does no
 * harm.
 * @returns how many it tried to move
 */
export async function moveWaitingJobs(
  app: AppId,
  vendor: VendorName,
  options: MoveWaitingOptions,
): Promise<number> {
  const { bus, signal } = options;
  const untilSequence = await bus.streamTail('PUSH_JOBS');
  const moving = new Set<Promise<void>>();
  const faults: unknown[] = [];
  let moved = 0;
  const subjects = [subjectPatterns.pushLaterOf(vendor, app)];
  try {
    for await (const stored of bus.scan('PUSH_JOBS', { subjects, untilSequence })) {
      if (signal.aborted || faults.length > 0) break;
      const move = moveOf(app, stored, options);
      if (move === null) continue;
      moved += 1;
      const flight: Promise<void> = moveWaitingJob(bus, move)
        .catch((error: unknown) => void faults.push(error))
        .finally(() => moving.delete(flight));
      moving.add(flight);
      if (moving.size >= atOnce) await Promise.race(moving);
    }
  } finally {
    await Promise.all(moving);
  }
  if (faults.length > 0) throw faults[0];
  return moved;
}

function moveOf(app: AppId, stored: StoredMessage, { bus, renewsAt, now, random }: MoveWaitingOptions) {
  const at = Date.parse(scheduledAt.exec(stored.headers[header.schedule] ?? '')?.[1] ?? '');
  // A marker that a cancelled schedule has left has no time.
  if (Number.isNaN(at) || at < now() + soonMs) return null;
  // A withdrawal waits for no quota.
  if (stored.headers[header.type] === 'withdrawal-job') return null;
  const envelope = envelopeOf(stored);
  const parsed = pushJobSchema.safeParse(envelope?.data);
  if (envelope === null || !parsed.success) {
    const { subject, sequence } = stored;
    bus.logger.error('PUSH_JOBS holds a job that is not what the contracts say', { subject, sequence });
    return null;
  }
  const moved = movedWait({ job: parsed.data, at }, renewsAt(stored.storedAt), random());
  return moved === null ? null : { ...moved, app, position: stored.sequence, envelope };
}

function envelopeOf(stored: StoredMessage): Envelope<unknown> | null {
  try {
    return decodeFact(stored);
  } catch {
    // Reported by the caller, as any other job that is not what it should be.
    return null;
  }
}
