import { jetstreamManager } from '@nats-io/jetstream';
import { consumers } from '@reveille/contracts/streams';
import { connectAs } from './nats-identity.js';
import { until } from './scenario.js';
import type { Town } from './town.js';

/** Presence has weighed every word of the vendors that is on the log. */
export async function verdictsWeighed(town: Town): Promise<void> {
  const nc = await connectAs(town, 'operator');
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    await until('presence has weighed the verdicts', async () => {
      const { stream, name } = consumers.tokenVerdicts;
      const { num_pending, num_ack_pending } = await jsm.consumers.info(stream, name);
      return num_pending === 0 && num_ack_pending === 0;
    });
  } finally {
    await nc.close();
  }
}
