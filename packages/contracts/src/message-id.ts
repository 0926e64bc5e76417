import type { AppId, DeviceId, JobId, MessageId, SessionId } from './ids.js';
import type { PushJob } from './push/job.js';
import type { VendorName } from './push/vendor.js';

/** Deduplication ids (`Nats-Msg-Id`): deduplication is per stream and across apps, so each begins with the app. */
export const dedupId = {
  /** `digest`: HMAC of sender and client message id under the gateway's key, so that nobody else can foresee it. */
  accepted: (app: AppId, digest: string) => `${app}:m:${digest}`,
  settled: (app: AppId, messageId: MessageId, chunk: number, round: number) =>
    `${app}:s:${messageId}:${chunk}:${round}`,
  job: (app: AppId, jobId: JobId) => `${app}:j:${jobId}`,
  outcome: (app: AppId, jobId: JobId, attempt: number, deliveryCount: number) =>
    `${app}:o:${jobId}:${attempt}:${deliveryCount}`,
  /** `targets`: a digest of whom it closes; one delivery of a job may close some, and a later one of the same count others. */
  closed: (app: AppId, jobId: JobId, attempt: number, deliveryCount: number, targets: string) =>
    `${app}:c:${jobId}:${attempt}:${deliveryCount}:${targets}`,
  /** `digest`: of push, token, status and the vendor's code, so that a vendor that repeats itself is recorded once. */
  receipted: (app: AppId, vendor: VendorName, digest: string) => `${app}:r:${vendor}:${digest}`,
  /** A job that an operator had begun again: once per letter. */
  redriven: (app: AppId, jobId: JobId, letter: number) => `${app}:j:${jobId}:r${letter}`,
  deadLetterSettled: (app: AppId, letter: number, event: string) => `${app}:dl:${letter}:${event}`,
  later: (app: AppId, jobId: JobId, attempt: number) => `${app}:w:${jobId}:${attempt}`,
  /** A job that waits, moved to another time; `replaced` is the sequence of the schedule that it takes the place of. */
  moved: (app: AppId, jobId: JobId, attempt: number, replaced: number) =>
    `${app}:w:${jobId}:${attempt}:${replaced}`,
  lateAcknowledged: (app: AppId, messageId: MessageId, deviceId: DeviceId) =>
    `${app}:l:${messageId}:${deviceId}`,
  /** An event of a device; `eventId` is the envelope's. */
  device: (app: AppId, eventId: string) => `${app}:d:${eventId}`,
  /** An event of a push line; `eventId` is the envelope's. */
  pushLine: (app: AppId, eventId: string) => `${app}:p:${eventId}`,
  sessionOpened: (app: AppId, sessionId: SessionId) => `${app}:so:${sessionId}`,
  sessionMoved: (app: AppId, eventId: string) => `${app}:sm:${eventId}`,
  /** `position`: where the app's last event is, so that what several say at once is kept once. */
  app: (app: AppId, event: 'configured' | 'removed', position: number) => `${app}:a:${event}:${position}`,
  /** Whoever finds that a session has ended says so: it is recorded once. */
  sessionClosed: (app: AppId, sessionId: SessionId) => `${app}:sc:${sessionId}`,
} as const;

/** The id of a job: the k-th job of a chunk's round for a vendor. */
export function jobIdOf(
  messageId: MessageId,
  chunk: number,
  round: number,
  vendor: VendorName,
  k: number,
): JobId {
  return `${messageId}:${chunk}:${round}:${vendor}:${k}`;
}

/** The id of the job that takes back what a push job has shown. */
export function withdrawalIdOf(pushJobId: JobId): JobId {
  return `wd:${pushJobId}`;
}

/** Whether an id is a withdrawal's; a message may be called `wd` too, so the number of its parts counts. */
export function isWithdrawalId(jobId: JobId): boolean {
  return jobId.startsWith('wd:') && jobId.split(':').length === 6;
}

/** The job's name among its own attempts: one that was redriven counts them anew. */
export function attemptsOf({ jobId, redrive }: Pick<PushJob, 'jobId' | 'redrive'>): JobId {
  return redrive == null ? jobId : `${jobId}:r${redrive.letter}`;
}
