import type { Health } from '@reveille/chassis/health';
import type { Logger } from '@reveille/chassis/logger';
import type { Metrics } from '@reveille/chassis/metrics';
import { type QuotaRecord, quotaRecordSchema } from '@reveille/contracts/push/line-records';
import { fromSubjectToken } from '@reveille/contracts/subject-token';
import { isOfDay, quotaDayOf } from '../protocol/quota.js';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Clock } from '../ports.js';
import type { DayTurns } from './day-turns.js';
import type { LineRecords } from './line-records.js';

export interface QuotaWatchOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  readonly turns: DayTurns;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** What was told of a quota. */
interface Told {
  readonly record: QuotaRecord;
  readonly renewsAt: number;
  readonly timer: { cancel(): void };
}

/** Tells of the quotas of this day, as all workers have counted them: on the readiness page, in figures, and in the log when one is spent. */
export function watchQuotas(options: QuotaWatchOptions): void {
  const { records, clock, after, turns, health, metrics, logger } = options;
  const labels = ['app', 'vendor', 'quota'] as const;
  const taken = metrics.gauge('push_quota_taken', 'Targets that a daily quota was given out for.', [
    ...labels,
  ]);
  const spent = metrics.gauge('push_quota_spent', '1 from when a daily quota is used up until it renews.', [
    ...labels,
  ]);
  const told = new Map<string, Told>();
  const placeOf = (key: string) => {
    const [, app = '', vendor = '', token = ''] = key.split('.');
    return { app, vendor: vendor as VendorName, quota: fromSubjectToken(token) };
  };
  const forget = (key: string): void => {
    const place = placeOf(key);
    told.get(key)?.timer.cancel();
    told.delete(key);
    health.forget(partOf(place));
    taken.set(0, place);
    spent.set(0, place);
  };
  const tell = (key: string, record: QuotaRecord): void => {
    const place = placeOf(key);
    const turn = turns.of(place.app, place.vendor);
    const { renewsAt } = quotaDayOf(turn, clock.now());
    if (!isOfDay(record.sinceAt, turn, clock.now())) return forget(key);
    const before = told.get(key);
    before?.timer.cancel();
    const timer = after(renewsAt - clock.now(), () => forget(key));
    told.set(key, { record, renewsAt, timer });
    taken.set(record.taken, place);
    spent.set(record.spentBy === null ? 0 : 1, place);
    health.set(partOf(place), record.spentBy === null, textOf(record, renewsAt), false);
    const isKnown = before?.record.spentBy === record.spentBy && before.renewsAt === renewsAt;
    if (record.spentBy !== null && !isKnown)
      logger.warn('a quota is spent: its pushes wait for the day to turn', {
        ...place,
        because: textOf(record, renewsAt),
        until: renewsAt,
      });
  };
  records.watch('quota.', quotaRecordSchema, (key, record) => {
    if (record !== null) tell(key, record);
  });
  turns.onChange(() => {
    for (const { key, value } of records.entries('quota.', quotaRecordSchema)) tell(key, value);
  });
}

function partOf({ app, vendor, quota }: Record<'app' | 'vendor' | 'quota', string>): string {
  return `quota ${quota} of ${vendor} of ${app}`;
}

function textOf({ taken, perDay, spentBy }: QuotaRecord, renewsAt: number): string {
  const figures = `${taken} taken${perDay === null ? '' : ` of ${perDay}`}`;
  const word = { count: 'spent, ', vendor: 'spent by the vendor, ' };
  return `${spentBy === null ? '' : word[spentBy]}${figures}, renews ${new Date(renewsAt).toISOString()}`;
}
