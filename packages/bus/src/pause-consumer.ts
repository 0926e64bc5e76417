import type { Bus } from './connect.js';
import { faultOfClient } from './jetstream-errors.js';

/** The server stops delivering to everybody who pulls from this consumer, until `untilAt` (epoch ms), over restarts. */
export async function pauseConsumer(bus: Bus, stream: string, consumer: string, untilAt: number): Promise<void> {
  try {
    await bus.jsm.consumers.pause(stream, consumer, new Date(untilAt));
  } catch (cause) {
    throw faultOfClient(cause, `pausing ${stream}/${consumer}`);
  }
}

export async function resumeConsumer(bus: Bus, stream: string, consumer: string): Promise<void> {
  try {
    await bus.jsm.consumers.resume(stream, consumer);
  } catch (cause) {
    throw faultOfClient(cause, `resuming ${stream}/${consumer}`);
  }
}
