import type { AppId, Instant } from '@reveille/contracts/ids';
import { lineRecordKeys, type QuotaRecord, quotaRecordSchema } from '@reveille/contracts/push/line-records';
import type { PushTarget } from '@reveille/contracts/push/job';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { isDayUnsure, isOfDay, takeBlock, untouched } from '../protocol/quota.js';
import type { Allowance, Allowances, Clock } from '../ports.js';
import type { VendorQuota } from '../vendor.js';
import type { DayTurns } from './day-turns.js';
import { DailyDeviceCounts } from './device-counts.js';
import type { LineRecords } from './line-records.js';

export interface QuotaLedgerOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  readonly turns: DayTurns;
  /** Something could not be written down: it is still known here. */
  readonly failed: (error: unknown) => void;
}

type Results = Parameters<Allowance['settle']>[0];

/** One quota of an app on one day, as this worker has it. */
interface Page {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly key: string;
  /** When the counting of its day began: the same for all workers. */
  readonly sinceAt: Instant;
  readonly devices: DailyDeviceCounts;
  /** Taken from the count and not used yet. */
  left: number;
  /** The vendor said that it is spent; known here before it is written down. */
  isSpent: boolean;
  /** One asks at a time. */
  asking: Promise<unknown>;
}

/**
 * The vendors' daily quotas, counted by all workers together. A worker takes allowance in blocks, so that not every push is a
 * write; what it has not used when it stops it gives back, and what it had when it died is lost for the day.
 */
export class QuotaLedger {
  readonly #pages = new Map<string, Page>();
  readonly #opening = new Map<string, Promise<Page>>();

  constructor(private readonly options: QuotaLedgerOptions) {}

  /** Of one app's line to a vendor. */
  of(app: AppId, vendor: VendorName): Allowances {
    return {
      take: async (quota, targets) => {
        const page = await this.#pageOf(app, vendor, quota);
        const spent = await this.#take(page, quota, targets);
        return { spent, settle: (results) => this.#settle(page, quota, results) };
      },
      renewsAt: (at) => this.options.turns.renewsAt(app, vendor, at),
    };
  }

  /** Gives back what was not used. */
  async stop(): Promise<void> {
    await Promise.all([...this.#pages.values()].map((page) => this.#close(page)));
  }

  async #take(
    page: Page,
    quota: VendorQuota,
    targets: readonly PushTarget[],
  ): Promise<readonly (string | null)[]> {
    const { name, perDay, perDevicePerDay } = quota;
    const words = targets.map(({ tokenRef }) => {
      const isFull = perDevicePerDay !== null && page.devices.of(tokenRef) >= perDevicePerDay;
      return isFull ? `${name}: ${perDevicePerDay} a day for a device` : null;
    });
    const wanted = words.filter((word) => word === null).length;
    let granted = wanted === 0 ? 0 : await this.#reserve(page, perDay, wanted);
    return words.map((word, index) => {
      if (word !== null) return word;
      if (granted === 0)
        return page.isSpent || perDay === null
          ? `${name}: the vendor takes no more today`
          : `${name}: ${perDay} a day`;
      granted -= 1;
      const target = targets[index];
      if (perDevicePerDay !== null && target !== undefined) page.devices.add(target.tokenRef, 1);
      return null;
    });
  }

  #reserve(page: Page, perDay: number | null, wanted: number): Promise<number> {
    const reserved = page.asking.then(async () => {
      if (this.#isSpent(page)) return 0;
      if (page.left < wanted) page.left += await this.#askFor(page, perDay, wanted - page.left);
      const granted = Math.min(page.left, wanted);
      page.left -= granted;
      return granted;
    });
    page.asking = reserved.catch(() => undefined);
    return reserved;
  }

  async #askFor(page: Page, perDay: number | null, missing: number): Promise<number> {
    let granted = 0;
    await this.options.records.update(page.key, quotaRecordSchema, (present): QuotaRecord | null => {
      granted = 0;
      // Another day has begun meanwhile: who asks next has its page.
      const known = present ?? { ...untouched(page.sinceAt), perDay };
      if (known.sinceAt !== page.sinceAt) return null;
      // The cap was raised: what was spent by the old one is not any more.
      const isRaised = known.spentBy === 'count' && (perDay === null || known.taken < perDay);
      const before: QuotaRecord = isRaised ? { ...known, spentBy: null } : known;
      const block = takeBlock(before, perDay, missing);
      granted = block.granted;
      const isSame = granted === 0 && block.count.spentBy === known.spentBy;
      return isSame ? null : { ...block.count, perDay };
    });
    return granted;
  }

  #isSpent(page: Page): boolean {
    const record = this.options.records.get(page.key, quotaRecordSchema);
    page.isSpent ||= record?.sinceAt === page.sinceAt && record.spentBy === 'vendor';
    if (page.isSpent) page.left = 0;
    return page.isSpent;
  }

  #settle(page: Page, { name, perDay, perDevicePerDay }: VendorQuota, results: Results): void {
    const unsent = results.filter(({ requests }) => requests === 0);
    page.left += unsent.length;
    const spent = results.filter(
      ({ outcome }) => outcome.kind === 'deferred' && outcome.reason === 'quota-spent',
    );
    if (perDevicePerDay !== null)
      for (const { target } of new Set([...unsent, ...spent])) page.devices.add(target.tokenRef, -1);
    const { turns, clock } = this.options;
    // One push waits a little then; it does not cost its class the new day.
    const isUnsure = isDayUnsure(turns.of(page.app, page.vendor), clock.now());
    // The vendor may have named another one, such as vivo's number of lists a day: it ends for what counts in it alone.
    const isNamed = spent.some(
      ({ outcome }) => outcome.kind === 'deferred' && outcome.vendorCode.startsWith(`${name}: `),
    );
    if (!isNamed || page.isSpent || isUnsure) return;
    page.isSpent = true;
    this.options.records
      .update(page.key, quotaRecordSchema, (present): QuotaRecord | null => {
        const known = present ?? { ...untouched(page.sinceAt), perDay };
        return known.sinceAt === page.sinceAt ? { ...known, spentBy: 'vendor' } : null;
      })
      .catch(this.options.failed);
  }

  async #close(page: Page): Promise<void> {
    await page.devices.flush();
    const { left } = page;
    page.left = 0;
    if (left <= 0) return;
    await this.options.records
      .update(page.key, quotaRecordSchema, (present) =>
        present?.sinceAt !== page.sinceAt
          ? null
          : {
              ...present,
              taken: Math.max(0, present.taken - left),
              spentBy: present.spentBy === 'count' ? null : present.spentBy,
            },
      )
      .catch(this.options.failed);
  }

  /** A page of another day is forgotten. */
  #pageOf(app: AppId, vendor: VendorName, quota: VendorQuota): Page | Promise<Page> {
    const place = `${app}\n${vendor}\n${quota.name}`;
    const known = this.#pages.get(place);
    if (known !== undefined && this.#isOfToday(app, vendor, known)) return known;
    const opening = this.#opening.get(place) ?? this.#open(place, app, vendor, quota);
    this.#opening.set(place, opening);
    return opening;
  }

  async #open(place: string, app: AppId, vendor: VendorName, { name, perDay }: VendorQuota): Promise<Page> {
    const { records, clock, after, failed } = this.options;
    const key = lineRecordKeys.quota(app, vendor, name);
    try {
      const record = await records.update(key, quotaRecordSchema, (present): QuotaRecord | null =>
        present !== null && this.#isOfToday(app, vendor, present)
          ? null
          : { ...untouched(clock.now()), perDay },
      );
      const sinceAt = record?.sinceAt ?? clock.now();
      const page: Page = {
        app,
        vendor,
        key,
        sinceAt,
        devices: new DailyDeviceCounts({
          records,
          keyOf: (shard) => lineRecordKeys.devices(app, vendor, name, sinceAt, shard),
          after,
          failed,
        }),
        left: 0,
        isSpent: false,
        asking: Promise.resolve(),
      };
      this.#pages.set(place, page);
      return page;
    } finally {
      this.#opening.delete(place);
    }
  }

  #isOfToday(app: AppId, vendor: VendorName, { sinceAt }: { readonly sinceAt: Instant }): boolean {
    return isOfDay(sinceAt, this.options.turns.of(app, vendor), this.options.clock.now());
  }
}
