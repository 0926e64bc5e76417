import type { Bus } from '@reveille/bus/connect';
import { type ConsumerHandle, type Delivery, runConsumer } from '@reveille/bus/consume';
import { done } from '@reveille/bus/disposition';
import type { PushAttempted } from '@reveille/contracts/push/events';
import { readData } from '@reveille/contracts/read-data';
import { consumers } from '@reveille/contracts/streams';
import type { invalidatePushTokens } from '../../handlers/invalidate-push-token.js';

const maxInFlight = 100;

/** Takes the attempts that condemn a token; what a vendor said of anything else does not come here. */
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
      const attempted = readData(envelope.type, envelope.version, envelope.data) as PushAttempted;
      await handle(envelope.app, attempted, envelope.traceparent);
      return done;
    },
  });
}
