import type { Bus } from '@reveille/bus/connect';
import type { Envelope } from '@reveille/contracts/envelope';
import { isErrorNamed } from '@reveille/contracts/errors';
import type { AppId, Instant } from '@reveille/contracts/ids';
import { attemptsOf, dedupId } from '@reveille/contracts/message-id';
import type { PushJob } from '@reveille/contracts/push/job';
import { subjects } from '@reveille/contracts/subjects';

export interface WaitingMove {
  readonly app: AppId;
  /** As it is to come back. */
  readonly job: PushJob;
  readonly at: Instant;
  /** Of the schedule that it takes the place of. */
  readonly position: number;
  readonly envelope: Envelope<unknown>;
}

/**
 * Gives a job that waits in PUSH_JOBS another time. One that was moved by somebody else, or that has come back meanwhile, is left
 * alone: the server holds the position against what lies there.
 */
export async function moveWaitingJob(
  bus: Bus,
  { app, job, at, position, envelope }: WaitingMove,
): Promise<void> {
  const { vendor, lane, attempt } = job;
  const attempts = attemptsOf(job);
  try {
    await bus.publisher.publishFact({
      subject: subjects.pushLater(vendor, lane, app, attempts, attempt),
      messageId: dedupId.moved(app, attempts, attempt, position),
      envelope: { ...envelope, data: job },
      expectedLastSubjectSequence: position,
      schedule: { at, target: subjects.pushJob(vendor, lane, app) },
    });
  } catch (error) {
    if (!isErrorNamed(error, 'ConflictError')) throw error;
  }
}
