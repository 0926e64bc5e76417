import { jetstreamManager } from '@nats-io/jetstream';
import { lanes } from '@reveille/contracts/push/lane';
import { connectAs } from '../harness/nats-identity.js';
import type { Town } from '../harness/town.js';
import type { Vendor } from './phones.js';

/** A pause of an app's consumers, as nats-server says it. */
export interface Pause {
  readonly lane: string;
  readonly untilAt: number;
}

export interface PauseWatch {
  /** Every pause that was seen so far, each once per lane. */
  readonly pauses: readonly Pause[];
  /** Rejects if the server could not be asked in between: then a pause may have been missed. */
  stop(): Promise<void>;
}

const everyMs = 100;

/** Asks nats-server again and again whether the consumers of an app and vendor are paused, and until when. */
export async function watchPauses(town: Town, app: string, vendor: Vendor): Promise<PauseWatch> {
  const nc = await connectAs(town, 'operator');
  const jsm = await jetstreamManager(nc, { checkAPI: false });
  const pauses: Pause[] = [];
  let isWatching = true;
  const look = async (lane: string): Promise<void> => {
    const { config, paused } = await jsm.consumers.info('PUSH_JOBS', `push-${vendor}-${lane}-${app}`);
    if (paused !== true || config.pause_until === undefined) return;
    const untilAt = Date.parse(config.pause_until);
    if (!pauses.some((known) => known.lane === lane && known.untilAt === untilAt))
      pauses.push({ lane, untilAt });
  };
  const watching = (async () => {
    while (isWatching) {
      await Promise.all(lanes.map(look));
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  // Told by `stop`, also when nobody has called it yet.
  watching.catch(() => undefined);
  return {
    pauses,
    async stop() {
      isWatching = false;
      try {
        await watching;
      } finally {
        await nc.close();
      }
    },
  };
}
