import type { Bus } from '@reveille/bus/connect';
import type { Owners } from '../ports.js';

const timeoutMs = 8_000;
/** Who should hear it reconnects too: what is said before they are back is said to nobody. */
const untilHeardMs = 1_000;
const unsaidLimit = 10_000;

/** Asks presence and router over the bus. What is to be told while the connection is away is told when it is back. */
export function askOwner(bus: Bus): Owners & { stop(): void } {
  const unsaid: { subject: string; body: unknown }[] = [];
  let timer: NodeJS.Timeout | null = null;
  const say = (subject: string, body: unknown): void => bus.nc.publish(subject, JSON.stringify(body));
  const catchUp = (): void => {
    timer = null;
    if (!bus.isConnected()) return;
    for (const { subject, body } of unsaid.splice(0)) say(subject, body);
  };
  const stopListening = bus.listen({
    connected: () => {
      if (unsaid.length > 0) timer ??= setTimeout(catchUp, untilHeardMs);
    },
  });
  return {
    ask: (subject, body, schema) => bus.asker.ask(subject, body, { timeoutMs, schema }),
    tell(subject, body) {
      if (bus.isConnected() && unsaid.length === 0) return say(subject, body);
      unsaid.push({ subject, body });
      if (unsaid.length > unsaidLimit) unsaid.shift();
      if (bus.isConnected()) timer ??= setTimeout(catchUp, untilHeardMs);
    },
    stop() {
      stopListening();
      if (timer !== null) clearTimeout(timer);
      catchUp();
    },
  };
}
