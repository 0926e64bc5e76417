import { header } from '@reveille/contracts/headers';
import type { Bus } from './connect.js';
import { bucketStream } from './provision-config.js';

export interface BucketEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** The entry's place in the bucket; grows with every write. */
  readonly revision: number;
  /** Epoch ms. */
  readonly writtenAt: number;
}

/**
 * The last value of each key, durable; a bucket with a time to live forgets keys that are not written again.
 * Keys are made of `[A-Za-z0-9_-=.]`. Reads see every write that was confirmed before them.
 */
export interface Bucket {
  /** `expectedRevision`: ConflictError unless the key's last revision is this one; 0 = not there. */
  put(key: string, value: Uint8Array, expectedRevision?: number): Promise<number>;
  get(key: string): Promise<BucketEntry | null>;
  /** The key is gone; a marker says so for an hour to who reads the bucket's stream. `expectedRevision` as for `put`. */
  remove(key: string, expectedRevision?: number): Promise<void>;
  entries(): AsyncIterable<BucketEntry>;
}

const operation = 'KV-Operation';
/** Longer than any reader is away and still reads on from where it was. */
const markerTtl = '1h';
const removed = new Set(['DEL', 'PURGE']);

export function openBucket(bus: Bus, name: string): Bucket {
  const stream = bucketStream(name);
  const prefix = `$KV.${name}.`;
  let writes = 0;
  const write = async (
    key: string,
    value: Uint8Array,
    headers: Record<string, string>,
    expected?: number,
  ) => {
    const ack = await bus.publisher.publish({
      subject: prefix + key,
      // Distinct for every write: the same value again is a new write. Only the window's own repeats share one.
      messageId: bus.inbox(`write-${writes++}`),
      data: value,
      headers,
      ...(expected === undefined ? {} : { expectedLastSubjectSequence: expected }),
    });
    return ack.sequence;
  };
  const entryOf = (stored: {
    subject: string;
    data: Uint8Array;
    sequence: number;
    storedAt: number;
  }): BucketEntry => ({
    key: stored.subject.slice(prefix.length),
    value: stored.data,
    revision: stored.sequence,
    writtenAt: stored.storedAt,
  });
  return {
    put: (key, value, expectedRevision) => write(key, value, {}, expectedRevision),
    async get(key) {
      const stored = await bus.getLastMessage(stream, prefix + key);
      return stored === null || removed.has(stored.headers[operation] ?? '') ? null : entryOf(stored);
    },
    async remove(key, expectedRevision) {
      const headers = { [operation]: 'DEL', [header.ttl]: markerTtl };
      await write(key, new Uint8Array(0), headers, expectedRevision);
    },
    async *entries() {
      const untilSequence = await bus.streamTail(stream);
      for await (const stored of bus.scan(stream, { subjects: [], untilSequence })) {
        if (!removed.has(stored.headers[operation] ?? '')) yield entryOf(stored);
      }
    },
  };
}
