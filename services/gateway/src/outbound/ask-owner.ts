import type { Bus } from '@reveille/bus/connect';
import type { Owners } from '../ports.js';

const timeoutMs = 8_000;

/** Asks presence and router over the bus. */
export function askOwner(bus: Bus): Owners {
  return {
    ask: (subject, body, schema) => bus.asker.ask(subject, body, { timeoutMs, schema }),
    tell: (subject, body) => bus.nc.publish(subject, JSON.stringify(body)),
  };
}
