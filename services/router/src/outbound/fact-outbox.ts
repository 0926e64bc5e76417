import type { Bus } from '@reveille/bus/connect';
import type { Clock } from '@reveille/chassis/clock';
import type { IdSource } from '@reveille/chassis/id-source';
import { newTraceparent } from '@reveille/chassis/traceparent';
import { type DeliverySettled, deliverySettledSchema } from '@reveille/contracts/delivery/events';
import type { Envelope } from '@reveille/contracts/envelope';
import { UnavailableError } from '@reveille/contracts/errors';
import { header } from '@reveille/contracts/headers';
import { type AppId, jobIdSchema, messageIdSchema } from '@reveille/contracts/ids';
import { dedupId } from '@reveille/contracts/message-id';
import { subjects } from '@reveille/contracts/subjects';
import type { FactContext, Outbox, StoredLetter } from '../ports.js';

/** The facts and jobs of the router on the bus. Nobody else publishes jobs. */
export function factOutbox(bus: Bus, clock: Clock, ids: IdSource): Omit<Outbox, 'app'> {
  const enclose = (
    { app, causation, traceparent }: FactContext,
    type: string,
    messageId: string,
    data: unknown,
  ): Envelope<unknown> => ({
    id: ids.uuid(),
    type,
    version: 1,
    source: 'router',
    time: clock.now(),
    app,
    subject: messageId,
    correlation: messageId,
    causation,
    traceparent,
    data,
  });
  return {
    async settle(context, settled) {
      const { app, partition } = context;
      const { messageId, chunk, round } = settled;
      const ack = await bus.publisher.publishFact({
        subject: subjects.delivery(app, partition, 'settled'),
        messageId: dedupId.settled(app, messageId, chunk, round),
        envelope: enclose(context, 'delivery-settled', messageId, settled),
      });
      return ack.isDuplicate ? settledBefore(bus, ack.sequence, settled, app) : null;
    },
    async job(context, job) {
      const { app } = context;
      await bus.publisher.publishFact({
        subject: subjects.pushJob(job.vendor, job.lane, app),
        messageId: dedupId.job(app, job.jobId),
        envelope: enclose(context, 'push-job', job.messageId, job),
      });
    },
    async withdrawal(context, job) {
      const { app } = context;
      await bus.publisher.publishFact({
        subject: subjects.pushJob(job.vendor, job.lane, app),
        messageId: dedupId.job(app, job.jobId),
        envelope: enclose(context, 'withdrawal-job', job.messageId, job),
      });
    },
    async redriven({ letter, app, content }, { type, job }) {
      await bus.publisher.publishFact({
        subject: subjects.pushJob(job.vendor, job.lane, app),
        messageId: dedupId.redriven(app, job.jobId, letter),
        envelope: enclose(contextOf(app, job.partition, content), type, job.messageId, job),
      });
    },
    async deadLetterSettled({ letter, app, content }, settled, { by, because }) {
      const { stream, consumer, sequence, reason } = content;
      const { messageId, jobId } = namesIn(content.data);
      await bus.publisher.publishFact({
        subject: subjects.deadLetterSettled(app, letter, settled),
        messageId: dedupId.deadLetterSettled(app, letter, settled),
        envelope: enclose(contextOf(app, 0, content), `dead-letter-${settled}`, messageId ?? `${letter}`, {
          letter,
          stream,
          consumer,
          sequence,
          reason,
          messageId,
          jobId,
          by,
          because,
        }),
      });
    },
    async lateAcknowledged(context, late) {
      const { app, partition } = context;
      await bus.publisher.publishFact({
        subject: subjects.delivery(app, partition, 'late-acknowledged'),
        messageId: dedupId.lateAcknowledged(app, late.messageId, late.deviceId),
        envelope: enclose(context, 'delivery-late-acknowledged', late.messageId, late),
      });
    },
  };
}

/** What is done about a letter belongs to the trace of the work that it holds. */
function contextOf(
  app: AppId,
  partition: number,
  { headers, stream, sequence }: StoredLetter['content'],
): FactContext {
  const causation = headers[header.id] ?? `${stream}:${sequence}`;
  return { app, partition, causation, traceparent: headers[header.traceparent] ?? newTraceparent() };
}

function namesIn(data: unknown): { messageId: string | null; jobId: string | null } {
  const field = (name: string): unknown =>
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[name] : undefined;
  return {
    messageId: messageIdSchema.safeParse(field('messageId')).data ?? null,
    jobId: jobIdSchema.safeParse(field('jobId')).data ?? null,
  };
}

/** The verdict that stands under this id: ours is not stored, whatever it said. */
async function settledBefore(
  bus: Bus,
  sequence: number,
  settled: DeliverySettled,
  app: AppId,
): Promise<DeliverySettled> {
  const stored = await bus.getMessage('DELIVERIES', sequence);
  const { messageId, chunk, round } = settled;
  const name = `the verdict of ${app}/${messageId} at ${sequence}`;
  if (stored === null) throw new UnavailableError(`${name} is gone`);
  const verdict = deliverySettledSchema.parse(JSON.parse(Buffer.from(stored.data).toString()));
  if (verdict.messageId !== messageId || verdict.chunk !== chunk || verdict.round !== round) {
    throw new Error(`${name} is another one's`);
  }
  return verdict;
}
