import { lineRecordKeys, workerRecordSchema } from '@reveille/contracts/push/line-records';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { Clock } from '../ports.js';
import type { LineRecords } from './line-records.js';

export interface WorkerPeersOptions {
  readonly records: LineRecords;
  readonly clock: Clock;
  readonly instance: string;
  readonly vendors: readonly VendorName[];
  /** A heartbeat could not be written. */
  readonly failed: (error: unknown) => void;
}

const beatEveryMs = 5_000;
const deadAfterMs = 16_000;
const [keyPrefix] = lineRecordKeys.worker('x').split('x');

/** Which workers there are: each writes down that it lives. */
export class WorkerPeers {
  readonly #ticker: NodeJS.Timeout;
  readonly #key: string;
  readonly #counts = new Map<VendorName, { readonly count: number; readonly at: number }>();

  constructor(private readonly options: WorkerPeersOptions) {
    this.#key = lineRecordKeys.worker(options.instance);
    this.#ticker = setInterval(() => this.#beat(), beatEveryMs);
    this.#beat();
  }

  /** Workers that serve the vendor, this one included. Looked at once a second. */
  count(vendor: VendorName): number {
    const now = this.options.clock.now();
    const known = this.#counts.get(vendor);
    if (known !== undefined && now - known.at < 1_000) return known.count;
    const others = this.options.records
      .entries(keyPrefix ?? '', workerRecordSchema)
      .filter(
        ({ key, value, writtenAt }) =>
          key !== this.#key && writtenAt > now - deadAfterMs && value.vendors.includes(vendor),
      );
    const count = others.length + 1;
    this.#counts.set(vendor, { count, at: now });
    return count;
  }

  async stop(): Promise<void> {
    clearInterval(this.#ticker);
    await this.options.records.remove(this.#key).catch(this.options.failed);
  }

  #beat(): void {
    const { records, clock, vendors, failed } = this.options;
    records.put(this.#key, { aliveAt: clock.now(), vendors }).catch(failed);
  }
}
