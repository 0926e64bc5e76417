import { readFileSync } from 'node:fs';
import type { Sender, VendorAnswer, VendorRequest } from '../vendor.js';
import { Http2Pool } from './http2-pool.js';
import { publicLookup } from './public-lookup.js';

export interface Http2SenderOptions {
  /** A file with the CA that signs the endpoint's certificate, read at each connect; null is the system's. */
  readonly caFile: string | null;
  readonly maxConnections: number;
  /** Names that lead to no public address are unreachable. */
  readonly onlyPublicAddresses?: boolean;
  readonly endsConnection: (answer: VendorAnswer) => boolean;
  readonly now: () => number;
  /** 0 up to but not including 1. */
  readonly random: () => number;
  readonly maxQueued?: number;
  readonly maxStreams?: number;
  readonly requestTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly queueTimeoutMs?: number;
  readonly keepaliveMs?: number;
}

const sweepEveryMs = 100;
const idlePoolMs = 600_000;

/**
 * `Sender` over our own HTTP/2 client: one attempt per request, status and every header visible. It knows which requests a GOAWAY, a
 * refused stream or a cut left unprocessed (`not-sent`) and says `unknown` of the rest. A request times out 10 s after it was
 * written, or after it has waited 10 s for a stream; both are told apart.
 */
export class Http2Sender implements Sender {
  readonly #options: Http2SenderOptions;
  readonly #pools = new Map<string, Http2Pool>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;
  /** Where the request before went: nearly all go there. */
  #latest: { readonly origin: string; readonly connectionKey: string; readonly pool: Http2Pool } | null =
    null;

  constructor(options: Http2SenderOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#sweep(), sweepEveryMs);
  }

  send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    return this.#poolFor(request).send(request, signal);
  }

  /** Now, over all origins. */
  load(): { readonly connections: number; readonly inFlight: number; readonly queued: number } {
    const pools = [...this.#pools.values()];
    return {
      connections: pools.reduce((sum, pool) => sum + pool.connections, 0),
      inFlight: pools.reduce((sum, pool) => sum + pool.inFlight, 0),
      queued: pools.reduce((sum, pool) => sum + pool.queued, 0),
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#pools.values()].map((pool) => pool.close(graceMs)));
    clearInterval(this.#timer);
  }

  #poolFor({ origin, connectionKey }: VendorRequest): Http2Pool {
    const latest = this.#latest;
    if (latest?.origin === origin && latest.connectionKey === connectionKey) return latest.pool;
    const pool = this.#poolOf(origin, connectionKey);
    this.#latest = { origin, connectionKey, pool };
    return pool;
  }

  #poolOf(origin: string, connectionKey: string): Http2Pool {
    const key = `${origin}\n${connectionKey}`;
    const known = this.#pools.get(key);
    if (known !== undefined) return known;
    const { caFile, onlyPublicAddresses, ...options } = this.#options;
    const pool = new Http2Pool({
      maxQueued: 20_000,
      maxStreams: 1_000,
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      queueTimeoutMs: 10_000,
      keepaliveMs: 60_000,
      ...options,
      origin,
      ca: () => (caFile === null ? null : readFileSync(caFile, 'utf8')),
      lookup: onlyPublicAddresses === true ? publicLookup : null,
    });
    if (this.#isClosed) void pool.close(0);
    this.#pools.set(key, pool);
    return pool;
  }

  #sweep(): void {
    const now = this.#options.now();
    for (const [key, pool] of this.#pools) {
      pool.sweep();
      // A credential that was replaced leaves its connections behind.
      if (
        now - pool.usedAt > idlePoolMs &&
        pool.inFlight === 0 &&
        pool.queued === 0 &&
        this.#pools.size > 1
      ) {
        this.#pools.delete(key);
        this.#latest = null;
        void pool.close(0);
      }
    }
  }
}
