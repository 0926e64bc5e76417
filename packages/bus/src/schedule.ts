import { header } from '@reveille/contracts/headers';
import type { Schedule } from './outgoing.js';
import { headerLine } from './wire-headers.js';

/**
 * The headers that make the server hold a message until `at` and store it under `target` then. The target must lie in
 * the same stream; the server strips `Nats-Msg-Id` and expectations from what it stores and keeps `traceparent`.
 */
export function scheduleHeaders(schedule: Schedule): string {
  const instant = new Date(schedule.at).toISOString();
  return headerLine(header.schedule, `@at ${instant}`) + headerLine(header.scheduleTarget, schedule.target);
}
