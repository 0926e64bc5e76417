import { createHash } from 'node:crypto';
import type { Bus } from '@reveille/bus/connect';
import { attemptsOf, dedupId } from '@reveille/contracts/message-id';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import { condemnsToken } from '@reveille/contracts/push/outcome';
import { subjects } from '@reveille/contracts/subjects';
import type { PushJournal } from '../ports.js';
import { type EnvelopeSource, envelopesOf } from './job-envelope.js';
import { moveWaitingJob } from './move-waiting-job.js';

/** Publishes outcomes to PUSHES and waiting jobs to PUSH_JOBS. */
export function openPushJournal(bus: Bus, source: EnvelopeSource): PushJournal {
  const envelope = envelopesOf(source);
  return {
    attempted(delivery, event) {
      const { app, job } = delivery;
      return bus.publisher.publishFact({
        subject: subjects.pushAttempted(app, job.partition, job.vendor, isCondemning(event)),
        messageId: dedupId.outcome(app, attemptsOf(job), job.attempt, event.deliveryCount),
        envelope: envelope('push-attempted', delivery, event),
      });
    },
    closed(delivery, event) {
      const { app, job, deliveryCount } = delivery;
      return bus.publisher.publishFact({
        subject: subjects.push(app, job.partition, job.vendor, 'closed'),
        messageId: dedupId.closed(app, attemptsOf(job), job.attempt, deliveryCount, digestOf(event)),
        envelope: envelope('push-closed', delivery, event),
      });
    },
    async later(delivery, job, at) {
      const { app } = delivery;
      const { vendor, lane, attempt } = job;
      const attempts = attemptsOf(job);
      const { sequence } = await bus.publisher.publishFact({
        subject: subjects.pushLater(vendor, lane, app, attempts, attempt),
        messageId: dedupId.later(app, attempts, attempt),
        envelope: envelope('push-job', delivery, job),
        schedule: { at, target: subjects.pushJob(vendor, lane, app) },
      });
      return sequence;
    },
    moved: (delivery, job, at, position) =>
      moveWaitingJob(bus, {
        app: delivery.app,
        job,
        at,
        position,
        envelope: envelope('push-job', delivery, job),
      }),
  };
}

/** The same for the same targets in any order, and for no others. */
function digestOf({ targets }: PushClosed): string {
  const keys = targets.map(({ user, deviceId }) => `${deviceId}\n${user}`).sort();
  return createHash('sha256').update(JSON.stringify(keys)).digest('base64url').slice(0, 22);
}

const isCondemning = ({ outcomes }: PushAttempted): boolean =>
  outcomes.some(({ outcome }) => condemnsToken(outcome));
