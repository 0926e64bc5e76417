import type { Bus } from '@reveille/bus/connect';
import { systemClock } from '@reveille/chassis/clock';
import type { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { systemTimers } from '@reveille/chassis/timers';
import type { Config } from './config.js';
import type { AppLinesOptions } from './outbound/app-lines.js';
import { DayTurns } from './outbound/day-turns.js';
import { moveWaitingJobs } from './outbound/move-waiting-jobs.js';
import { LineRecords } from './outbound/line-records.js';
import { PacedLine } from './outbound/paced-line.js';
import { QuotaLedger } from './outbound/quota-ledger.js';
import { watchQuotas } from './outbound/quota-watch.js';
import { WorkerPeers } from './outbound/worker-peers.js';
import { registry } from './registry.js';

/** What the parts of a process are wired with. */
export interface Surroundings {
  readonly config: Config;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}
interface WorkerRecords {
  readonly records: LineRecords;
  readonly turns: DayTurns;
  readonly ledger: QuotaLedger;
  readonly openPace: AppLinesOptions['openPace'];
  stop(): Promise<void>;
}

/** What the workers know together: who lives, what the quotas have left, which lines are shut. */
export async function openWorkerRecords({
  config,
  bus,
  logger,
  health,
  metrics,
}: Surroundings): Promise<WorkerRecords> {
  const [clock, { instance, vendors }] = [systemClock, config];
  const after = (milliseconds: number, action: () => void) => systemTimers.after(milliseconds, action);
  const failed = (error: unknown) => logger.warn('a shared record could not be written', { error });
  const records = await LineRecords.open(bus);
  const peers = new WorkerPeers({ records, clock, instance, vendors, failed });
  const turns = openDayTurns({ config, bus, logger, records });
  const ledger = new QuotaLedger({ records, clock, after, turns, failed });
  const paces = metrics.gauge('push_pace', 'Targets per second of a line, here; 0: as fast as they come.', [
    'app',
    'vendor',
  ]);
  watchQuotas({ records, clock, after, turns, health, metrics, logger });
  return {
    records,
    turns,
    ledger,
    openPace: (app, vendor, perSecond) =>
      new PacedLine({
        clock,
        after,
        perSecond: perSecond ?? registry[vendor].limits.targetsPerSecond,
        workers: () => peers.count(vendor),
        changed: (now) => paces.set(now ?? 0, { app, vendor }),
      }),
    stop: async () => {
      await turns.stop();
      await ledger.stop();
      await peers.stop();
      records.stop();
    },
  };
}

function openDayTurns({
  config,
  bus,
  logger,
  records,
}: Pick<Surroundings, 'config' | 'bus' | 'logger'> & Pick<WorkerRecords, 'records'>): DayTurns {
  const clock = systemClock;
  return new DayTurns({
    records,
    clock,
    after: (milliseconds, action) => systemTimers.after(milliseconds, action),
    usual: config.dayTurn,
    moveWaiting: async (app, vendor, renewsAt, signal) => {
      const [now, random] = [() => clock.now(), () => systemIds.random()];
      const count = await moveWaitingJobs(app, vendor, { bus, renewsAt, now, random, signal });
      if (count > 0) logger.info('jobs that wait for a quota move with its day', { app, vendor, count });
    },
    failed: (error) => logger.warn('jobs that wait for a quota could not be moved with its day', { error }),
  });
}
