import type { Bus } from '@reveille/bus/connect';
import { type ConsumerHandle, type Delivery, runConsumer } from '@reveille/bus/consume';
import { done } from '@reveille/bus/disposition';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import type { invalidatePushTokens } from '../../handlers/invalidate-push-token.js';

const maxInFlight = 200;

/** Reads the outcomes of pushes for words about tokens. Nearly all have none: those cost a look and an ack. */
export function consumeTokenVerdicts(
  bus: Bus,
  handle: ReturnType<typeof invalidatePushTokens>,
): ConsumerHandle {
  const { stream, name, ackWaitMs } = consumers.tokenVerdicts;
  return runConsumer(bus, {
    stream,
    consumer: name,
    maxInFlight,
    ackWaitMs,
    async handle({ envelope }: Delivery) {
      if (!mentionsRejection(envelope.data)) return done;
      const attempted = readData(envelope.type, envelope.version, envelope.data) as PushAttempted;
      await handle(envelope.app, attempted, envelope.traceparent);
      return done;
    },
  });
}

/** A look at the parsed body before its whole shape is checked. */
function mentionsRejection(data: unknown): boolean {
  const outcomes = (data as { outcomes?: unknown } | null)?.outcomes;
  if (!Array.isArray(outcomes)) return true;
  return outcomes.some((line: { outcome?: { kind?: unknown } } | null) => line?.outcome?.kind === 'rejected');
}
