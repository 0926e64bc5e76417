import type { Envelope } from '@reveille/contracts/envelope';
import type { Clock, JobDelivery, WithdrawalDelivery } from '../ports.js';

export interface EnvelopeSource {
  readonly clock: Clock;
  /** A UUIDv7. */
  readonly uuid: () => string;
}

/** Envelopes of what is said about a job: it follows from the job's message, in the trace that the job came with. */
export function envelopesOf({ clock, uuid }: EnvelopeSource) {
  return (
    type: string,
    { app, job, envelopeId, traceparent }: JobDelivery | WithdrawalDelivery,
    data: unknown,
  ): Envelope<unknown> => ({
    id: uuid(),
    type,
    version: 1,
    source: 'vendor-workers',
    time: clock.now(),
    app,
    subject: job.messageId,
    correlation: job.messageId,
    causation: envelopeId,
    traceparent,
    data,
  });
}
