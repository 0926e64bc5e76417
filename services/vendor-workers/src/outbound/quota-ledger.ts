import type { AppId } from '@reveille/contracts/ids';
import { lineRecordKeys, type QuotaRecord, quotaRecordSchema } from '@reveille/contracts/push/line-records';
import type { PushTarget } from '@reveille/contracts/push/job';
import type { VendorName } from '@reveille/contracts/push/vendor';
import {
  type DayTurn,
  isDayUnsure,
  quotaDayOf,
  renewalAfter,
  takeBlock,
  untouched,
} from '../protocol/quota.js';
import type { Allowance, Allowances, Clock } from '../ports.js';
import type { VendorQuota } from '../vendor.js';
import { DailyDeviceCounts } from './device-counts.js';
import type { LineRecords } from './line-records.js';

export interface QuotaLedgerOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  readonly turn: DayTurn;
  /** Something could not be written down: it is still known here. */
  readonly failed: (error: unknown) => void;
}

type Results = Parameters<Allowance['settle']>[0];

/** One quota of an app on one day, as this worker has it. */
interface Page {
  readonly key: string;
  readonly day: string;
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

  constructor(private readonly options: QuotaLedgerOptions) {}

  /** Of one app's line to a vendor. */
  of(app: AppId, vendor: VendorName): Allowances {
    return {
      take: async (quota, targets) => {
        const page = this.#pageOf(app, vendor, quota.name);
        const spent = await this.#take(page, quota, targets);
        return { spent, settle: (results) => this.#settle(page, quota, results) };
      },
      renewsAt: (at) => renewalAfter(this.options.turn, at),
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
      const known = present ?? { ...untouched, perDay };
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
    page.isSpent ||= this.options.records.get(page.key, quotaRecordSchema)?.spentBy === 'vendor';
    if (page.isSpent) page.left = 0;
    return page.isSpent;
  }

  #settle(page: Page, { perDay, perDevicePerDay }: VendorQuota, results: Results): void {
    const unsent = results.filter(({ requests }) => requests === 0);
    page.left += unsent.length;
    const spent = results.filter(
      ({ outcome }) => outcome.kind === 'deferred' && outcome.reason === 'quota-spent',
    );
    if (perDevicePerDay !== null)
      for (const { target } of new Set([...unsent, ...spent])) page.devices.add(target.tokenRef, -1);
    const { turn, clock } = this.options;
    // One push waits a little then; it does not cost its class the new day.
    if (spent.length === 0 || page.isSpent || isDayUnsure(turn, clock.now())) return;
    page.isSpent = true;
    this.options.records
      .update(
        page.key,
        quotaRecordSchema,
        (present): QuotaRecord => ({ ...(present ?? { ...untouched, perDay }), spentBy: 'vendor' }),
      )
      .catch(this.options.failed);
  }

  async #close(page: Page): Promise<void> {
    await page.devices.flush();
    const { left } = page;
    page.left = 0;
    if (left <= 0) return;
    await this.options.records
      .update(page.key, quotaRecordSchema, (present) =>
        present === null
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
  #pageOf(app: AppId, vendor: VendorName, quota: string): Page {
    const { day } = quotaDayOf(this.options.turn, this.options.clock.now());
    const place = `${app}\n${vendor}\n${quota}`;
    const known = this.#pages.get(place);
    if (known?.day === day) return known;
    const { records, after, failed } = this.options;
    const page: Page = {
      key: lineRecordKeys.quota(app, vendor, quota, day),
      day,
      devices: new DailyDeviceCounts({
        records,
        keyOf: (shard) => lineRecordKeys.devices(app, vendor, quota, day, shard),
        after,
        failed,
      }),
      left: 0,
      isSpent: false,
      asking: Promise.resolve(),
    };
    this.#pages.set(place, page);
    return page;
  }
}
