import type { Bus } from '@reveille/bus/connect';
import { dedupId } from '@reveille/contracts/message-id';
import { subjects } from '@reveille/contracts/subjects';
import type { WithdrawalJournal } from '../ports.js';
import { type EnvelopeSource, envelopesOf } from './job-envelope.js';

/** Publishes outcomes of withdrawals to PUSHES and waiting ones to PUSH_JOBS. */
export function openWithdrawalJournal(bus: Bus, source: EnvelopeSource): WithdrawalJournal {
  const envelope = envelopesOf(source);
  return {
    async withdrawn(delivery, event) {
      const { app, job } = delivery;
      await bus.publisher.publishFact({
        subject: subjects.push(app, job.partition, job.vendor, 'withdrawn'),
        messageId: dedupId.outcome(app, job.jobId, job.attempt, event.deliveryCount),
        envelope: envelope('push-withdrawn', delivery, event),
      });
    },
    async later(delivery, job, at) {
      const { app } = delivery;
      const { vendor, lane, jobId, attempt } = job;
      await bus.publisher.publishFact({
        subject: subjects.pushLater(vendor, lane, app, jobId, attempt),
        messageId: dedupId.later(app, jobId, attempt),
        envelope: envelope('withdrawal-job', delivery, job),
        schedule: { at, target: subjects.pushJob(vendor, lane, app) },
      });
    },
  };
}
