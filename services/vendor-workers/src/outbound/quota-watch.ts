import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { type QuotaRecord, quotaRecordSchema } from '@reveille/contracts/push/line-records';
import { fromSubjectToken } from '@reveille/contracts/subject-token';
import { type DayTurn, quotaDayOf } from '../protocol/quota.js';
import type { Clock } from '../ports.js';
import type { LineRecords } from './line-records.js';

export interface QuotaWatchOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  readonly turn: DayTurn;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Tells of the quotas of this day, as all workers have counted them: on the readiness page, in figures, and in the log when one is spent. */
export function watchQuotas({
  records,
  clock,
  after,
  turn,
  health,
  metrics,
  logger,
}: QuotaWatchOptions): void {
  const labels = ['app', 'vendor', 'quota'] as const;
  const taken = metrics.gauge('push_quota_taken', 'Targets that a daily quota was given out for.', [
    ...labels,
  ]);
  const spent = metrics.gauge('push_quota_spent', '1 from when a daily quota is used up until it renews.', [
    ...labels,
  ]);
  const told = new Map<string, QuotaRecord['spentBy']>();
  records.watch('quota.', quotaRecordSchema, (key, record) => {
    const [, app = '', vendor = '', token = '', day = ''] = key.split('.');
    const today = quotaDayOf(turn, clock.now());
    if (record === null || day !== today.day) return;
    const quota = fromSubjectToken(token);
    const place = { app, vendor, quota };
    taken.set(record.taken, place);
    spent.set(record.spentBy === null ? 0 : 1, place);
    const part = `quota ${quota} of ${vendor} of ${app}`;
    health.set(part, record.spentBy === null, textOf(record, today.renewsAt), false);
    if (told.get(key) === record.spentBy) return;
    if (!told.has(key))
      after(today.renewsAt - clock.now(), () => {
        told.delete(key);
        health.forget(part);
        taken.set(0, place);
        spent.set(0, place);
      });
    told.set(key, record.spentBy);
    if (record.spentBy !== null)
      logger.warn('a quota is spent: its pushes wait for the day to turn', {
        ...place,
        because: textOf(record, today.renewsAt),
        until: today.renewsAt,
      });
  });
}

function textOf({ taken, perDay, spentBy }: QuotaRecord, renewsAt: number): string {
  const figures = `${taken} taken${perDay === null ? '' : ` of ${perDay}`}`;
  const word = { count: 'spent, ', vendor: 'spent by the vendor, ' };
  return `${spentBy === null ? '' : word[spentBy]}${figures}, renews ${new Date(renewsAt).toISOString()}`;
}
