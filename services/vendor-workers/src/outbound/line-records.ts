import { openBucket, type Bucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { followStream, type Follower } from '@reveille/bus/follow-stream';
import { isErrorNamed, UnavailableError } from '@reveille/contracts/errors';
import { buckets } from '@reveille/contracts/streams';

/** Reads a record's shape: a schema of the contracts. */
export interface RecordShape<T> {
  safeParse(value: unknown): { readonly success: true; readonly data: T } | { readonly success: false };
}
interface Kept {
  readonly value: unknown;
  readonly revision: number;
  readonly writtenAt: number;
}
type Listener = (key: string, value: unknown) => void;

const { name, ttlMs } = buckets.pushLines;
const prefix = `$KV.${name}.`;
const removedBy = new Set(['DEL', 'PURGE']);
const sweepEveryMs = 3_600_000;
/** Of one record by all workers at once. */
const mostTries = 50;

/** What all workers write down about lines, with a view of it in memory. */
export class LineRecords {
  readonly #kept = new Map<string, Kept>();
  readonly #listeners: { readonly prefix: string; readonly listener: Listener }[] = [];
  readonly #bucket: Bucket;
  /** The last write of each key that was not answered yet. */
  readonly #writes = new Map<string, Promise<unknown>>();
  #follower: Follower | null = null;
  #sweptAt = 0;

  private constructor(private readonly bus: Bus) {
    this.#bucket = openBucket(bus, name);
  }

  /** Resolves when the view is complete. */
  static async open(bus: Bus): Promise<LineRecords> {
    const records = new LineRecords(bus);
    records.#follower = await followStream(
      bus,
      { stream: `KV_${name}`, subject: `${prefix}>` },
      {
        apply: ({ subject, headers, data, sequence, storedAt }) => {
          const key = subject.slice(prefix.length);
          const isGone = removedBy.has(headers['KV-Operation'] ?? '');
          records.#apply(key, {
            value: isGone ? null : parse(data),
            revision: sequence,
            writtenAt: storedAt,
          });
        },
        reset: () => records.#kept.clear(),
      },
    );
    return records;
  }

  /** As last heard; null where there is none, or none that can be read. */
  get<T>(key: string, schema: RecordShape<T>): T | null {
    const parsed = schema.safeParse(this.#kept.get(key)?.value);
    return parsed.success ? parsed.data : null;
  }

  /** Grows with every write of the key; 0: there is none. */
  revisionOf(key: string): number {
    return this.#kept.get(key)?.revision ?? 0;
  }

  entries<T>(prefix: string, schema: RecordShape<T>): { key: string; value: T; writtenAt: number }[] {
    return [...this.#kept].flatMap(([key, { value, writtenAt }]) => {
      const parsed = key.startsWith(prefix) ? schema.safeParse(value) : null;
      return parsed?.success === true ? [{ key, value: parsed.data, writtenAt }] : [];
    });
  }

  /**
   * Changes a record against all others who change it. Rejects while the log cannot be reached.
   * @param change gives the new value out of the present one, or null to leave it; called again when somebody was faster
   */
  async update<T>(
    key: string,
    schema: RecordShape<T>,
    change: (present: T | null) => T | null,
  ): Promise<T | null> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const present = this.get(key, schema);
      const value = change(present);
      if (value === null) return present;
      try {
        const revision = await this.#bucket.put(key, bytesOf(value), this.revisionOf(key));
        this.#apply(key, { value, revision, writtenAt: this.bus.clock.now() });
        return value;
      } catch (error) {
        if (!isErrorNamed(error, 'ConflictError')) throw error;
        const entry = await this.#bucket.get(key);
        if (entry !== null) this.#apply(key, { ...entry, value: parse(entry.value) });
        else this.#kept.delete(key);
      }
    }
    throw new UnavailableError(`the record ${key} changes all the time`);
  }

  /** After what was put or removed here before. */
  put(key: string, value: unknown): Promise<void> {
    return this.#inTurn(key, async () => {
      const revision = await this.#bucket.put(key, bytesOf(value));
      this.#apply(key, { value, revision, writtenAt: this.bus.clock.now() });
    });
  }

  /** As it is known here when what was put here before is answered: what somebody has written since stays. */
  remove(key: string): Promise<void> {
    return this.#inTurn(key, async () => {
      const revision = this.revisionOf(key);
      if (revision === 0) return;
      try {
        await this.#bucket.remove(key, revision);
      } catch (error) {
        if (!isErrorNamed(error, 'ConflictError')) throw error;
      }
    });
  }

  /** Calls back for every record with such a key, now and whenever one is written; null when it is gone. */
  watch<T>(
    keyPrefix: string,
    schema: RecordShape<T>,
    listener: (key: string, value: T | null) => void,
  ): void {
    const listen: Listener = (key, value) => {
      const parsed = schema.safeParse(value);
      if (parsed.success || value === null) listener(key, parsed.success ? parsed.data : null);
    };
    this.#listeners.push({ prefix: keyPrefix, listener: listen });
    for (const [key, { value }] of this.#kept) if (key.startsWith(keyPrefix)) listen(key, value);
  }

  stop(): void {
    this.#follower?.stop();
  }

  /** What is removed while its put is on its way would stay: its revision is not known yet. */
  #inTurn(key: string, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(key);
    // The caller of the one before hears of its fault.
    const written = before === undefined ? write() : before.then(write, write);
    const settled: Promise<void> = written
      .catch(() => undefined)
      .finally(() => {
        if (this.#writes.get(key) === settled) this.#writes.delete(key);
      });
    this.#writes.set(key, settled);
    return written;
  }

  #apply(key: string, kept: Kept): void {
    const known = this.#kept.get(key);
    if (known !== undefined && known.revision >= kept.revision) return;
    this.#kept.set(key, kept);
    this.#sweep(kept.writtenAt);
    for (const { prefix: wanted, listener } of this.#listeners)
      if (key.startsWith(wanted)) listener(key, kept.value);
  }

  /** The bucket forgets by itself and says nothing of it. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < sweepEveryMs) return;
    this.#sweptAt = now;
    for (const [key, { writtenAt }] of this.#kept) if (writtenAt < now - ttlMs) this.#kept.delete(key);
  }
}

const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

function parse(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data).toString());
  } catch {
    // As if it were not there: every reader checks the shape.
    return null;
  }
}
