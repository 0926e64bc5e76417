import { createHash } from 'node:crypto';
import type { TokenRef } from '@reveille/contracts/ids';
import { type DeviceCounts, deviceCountsSchema } from '@reveille/contracts/push/line-records';
import type { LineRecords } from './line-records.js';

export const deviceShards = 64;
const flushAfterMs = 1_000;

export interface DeviceCountsOptions {
  readonly records: LineRecords;
  readonly keyOf: (shard: number) => string;
  /** Calls back once, later. */
  readonly after: (milliseconds: number, action: () => void) => { cancel(): void };
  readonly failed: (error: unknown) => void;
}

interface Shard {
  revision: number;
  /** As all workers wrote it down. */
  shared: DeviceCounts;
  /** Ours, on their way and not yet. */
  flying: Map<string, number>;
  own: Map<string, number>;
}

/**
 * How many pushes of one quota each device has had today, over all workers. Kept in a fixed number of records, each a table of
 * digests; ours are added to them once a second, so another worker may know of a push a second late.
 */
export class DailyDeviceCounts {
  readonly #shards = new Map<number, Shard>();
  #timer: { cancel(): void } | null = null;
  /** One after the other: two at once would take each other's counts for their own. */
  #flight: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: DeviceCountsOptions) {}

  of(tokenRef: TokenRef): number {
    const { shard, digest } = placeOf(tokenRef);
    const { shared, flying, own } = this.#shardOf(shard);
    return (shared[digest] ?? 0) + (flying.get(digest) ?? 0) + (own.get(digest) ?? 0);
  }

  add(tokenRef: TokenRef, pushes: number): void {
    const { shard, digest } = placeOf(tokenRef);
    const { own } = this.#shardOf(shard);
    own.set(digest, (own.get(digest) ?? 0) + pushes);
    this.#timer ??= this.options.after(flushAfterMs, () => void this.flush());
  }

  /** Writes down what is ours. One that fails is tried again with the next. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#flight = this.#flight.then(() =>
      Promise.all([...this.#shards].map(([shard, kept]) => this.#flushOne(shard, kept))),
    );
    await this.#flight;
  }

  async #flushOne(shard: number, kept: Shard): Promise<void> {
    if (kept.own.size === 0) return;
    kept.flying = kept.own;
    kept.own = new Map();
    const { records, keyOf, failed, after } = this.options;
    try {
      await records.update(keyOf(shard), deviceCountsSchema, (present) => sumOf(present ?? {}, kept.flying));
    } catch (error) {
      failed(error);
      for (const [digest, pushes] of kept.flying) kept.own.set(digest, (kept.own.get(digest) ?? 0) + pushes);
      this.#timer ??= after(flushAfterMs, () => void this.flush());
    }
    kept.flying = new Map();
  }

  #shardOf(shard: number): Shard {
    const key = this.options.keyOf(shard);
    const revision = this.options.records.revisionOf(key);
    const known = this.#shards.get(shard);
    if (known !== undefined && known.revision === revision) return known;
    const shared = this.options.records.get(key, deviceCountsSchema) ?? {};
    if (known === undefined) {
      const fresh = { revision, shared, flying: new Map<string, number>(), own: new Map<string, number>() };
      this.#shards.set(shard, fresh);
      return fresh;
    }
    known.revision = revision;
    known.shared = shared;
    return known;
  }
}

function placeOf(tokenRef: TokenRef): { readonly shard: number; readonly digest: string } {
  const digest = createHash('sha256').update(tokenRef).digest();
  return { shard: (digest[0] ?? 0) % deviceShards, digest: digest.subarray(1, 7).toString('base64url') };
}

/** A count that was taken back may leave nothing. */
function sumOf(present: DeviceCounts, added: ReadonlyMap<string, number>): DeviceCounts {
  const sum: DeviceCounts = { ...present };
  for (const [digest, pushes] of added) {
    const count = (sum[digest] ?? 0) + pushes;
    if (count > 0) sum[digest] = count;
    else delete sum[digest];
  }
  return sum;
}
