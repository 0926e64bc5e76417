import type { Bus } from './connect.js';
import { faultOfClient } from './jetstream-errors.js';

/** The server stops delivering to everybody who pulls from this consumer, until `untilAt` (epoch ms), over restarts. */
export async function pauseConsumer(
  bus: Bus,
  stream: string,
  consumer: string,
  untilAt: number,
): Promise<void> {
  try {
    await bus.jsm.consumers.pause(stream, consumer, new Date(untilAt));
  } catch (cause) {
    throw faultOfClient(cause, `pausing ${stream}/${consumer}`);
  }
}

/**
 * Ends a pause before its time. The server serves the pull requests that it holds only at their next heartbeat (2 s); the
 * loops of this process ask anew at once.
 */
export async function resumeConsumer(bus: Bus, stream: string, consumer: string): Promise<void> {
  try {
    await bus.jsm.consumers.resume(stream, consumer);
    bus.announceResumed(stream, consumer);
  } catch (cause) {
    throw faultOfClient(cause, `resuming ${stream}/${consumer}`);
  }
}
