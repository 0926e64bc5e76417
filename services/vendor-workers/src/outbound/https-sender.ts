import { readFileSync } from 'node:fs';
import { buildConnector, Pool } from 'undici';
import type { Sender, VendorAnswer, VendorRequest } from '../vendor.js';
import { HttpsExchange } from './https-exchange.js';
import { publicLookup } from './public-lookup.js';
import type { Entry } from './request-queue.js';
import { notSent, WaitingRequests } from './waiting-requests.js';

export interface HttpsSenderOptions {
  /** A file with the CA that signs the endpoint's certificate, read anew when it is needed; null is the system's. */
  readonly caFile: string | null;
  /** The most connections to one origin: over HTTP/1.1 each carries one request at a time. */
  readonly maxConnections: number;
  /** Names that lead to no public address are unreachable. */
  readonly onlyPublicAddresses?: boolean;
  readonly now: () => number;
  readonly maxQueued?: number;
  readonly requestTimeoutMs?: number;
  readonly connectTimeoutMs?: number;
  readonly queueTimeoutMs?: number;
}

const sweepEveryMs = 100;
const idlePlaceMs = 600_000;

/**
 * `Sender` over HTTP/1.1 with connections that are kept open, for vendors that speak nothing newer: one attempt per request.
 * A request that was not handed to a connection yet is `not-sent`; once it was, whatever breaks leaves it `unknown`.
 * Nothing is pipelined: an answer that is late would hold back those behind it.
 */
export class HttpsSender implements Sender {
  readonly #options: Required<HttpsSenderOptions>;
  readonly #places = new Map<string, Place>();
  readonly #timer: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: HttpsSenderOptions) {
    this.#options = {
      maxQueued: 20_000,
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 10_000,
      queueTimeoutMs: 10_000,
      onlyPublicAddresses: false,
      ...options,
    };
    this.#timer = setInterval(() => this.#sweep(), sweepEveryMs);
  }

  send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    if (this.#isClosed || signal.aborted)
      return Promise.resolve(notSent('withdrawn', 'withdrawn before it was written'));
    return this.#placeFor(request).send(request, signal);
  }

  /** Now, over all origins. */
  load(): { readonly inFlight: number; readonly queued: number } {
    const places = [...this.#places.values()];
    return {
      inFlight: places.reduce((sum, place) => sum + place.inFlight, 0),
      queued: places.reduce((sum, place) => sum + place.queued, 0),
    };
  }

  async close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#places.values()].map((place) => place.close(graceMs)));
    clearInterval(this.#timer);
  }

  #sweep(): void {
    const idleSince = this.#options.now() - idlePlaceMs;
    for (const [key, place] of this.#places) {
      place.sweep();
      // Where targets name their servers, there is no end of them.
      if (place.usedAt >= idleSince || place.inFlight + place.queued > 0) continue;
      this.#places.delete(key);
      void place.close(0);
    }
  }

  #placeFor({ origin, connectionKey }: VendorRequest): Place {
    const key = `${origin}\n${connectionKey}`;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = new Place(origin, this.#options);
    this.#places.set(key, place);
    return place;
  }
}

/** One origin under one credential: what waits for a connection, and what is on one. */
class Place {
  readonly #waiting: WaitingRequests;
  readonly #flying = new Set<Promise<void>>();
  readonly #pool: Pool;
  usedAt = 0;

  constructor(
    origin: string,
    private readonly options: Required<HttpsSenderOptions>,
  ) {
    const { requestTimeoutMs, maxConnections, maxQueued, queueTimeoutMs } = options;
    this.#waiting = new WaitingRequests({ maxQueued, queueTimeoutMs, room: 'connection' });
    this.#pool = new Pool(origin, {
      connections: maxConnections,
      pipelining: 1,
      allowH2: false,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      connect: connectorFor(options),
    });
  }

  get inFlight(): number {
    return this.#flying.size;
  }
  get queued(): number {
    return this.#waiting.size;
  }

  send(request: VendorRequest, signal: AbortSignal): Promise<VendorAnswer> {
    this.usedAt = this.options.now();
    return this.#waiting.add(request, signal, this.usedAt, () => this.#pump());
  }

  /** Lets go of what has waited too long. */
  sweep(): void {
    this.#waiting.sweep(this.options.now());
  }

  /** Withdraws what waits, lets what is in flight be answered for the given time, then cuts it off. */
  async close(graceMs: number): Promise<void> {
    this.#waiting.letGo('withdrawn', 'the sender closes');
    const cutOff = setTimeout(() => void this.#pool.destroy(), graceMs);
    await Promise.all(this.#flying);
    clearTimeout(cutOff);
    await this.#pool.destroy();
  }

  #pump(): void {
    while (this.#flying.size < this.options.maxConnections) {
      const entry = this.#waiting.take();
      if (entry === undefined) return;
      const flight: Promise<void> = this.#fly(entry).finally(() => {
        this.#flying.delete(flight);
        this.#pump();
      });
      this.#flying.add(flight);
    }
  }

  async #fly({ request, settle }: Entry): Promise<void> {
    settle(await new HttpsExchange(request).over(this.#pool));
  }
}

/** A connector per CA, so that sessions are resumed; the file may change while the process runs. */
function connectorFor({
  caFile,
  connectTimeoutMs: timeout,
  onlyPublicAddresses,
}: Required<HttpsSenderOptions>): buildConnector.connector {
  const plain = { timeout, allowH2: false, ...(onlyPublicAddresses && { lookup: publicLookup }) };
  let known: { readonly ca: string | null; readonly connect: buildConnector.connector } | null = null;
  return (options, callback) => {
    try {
      const ca = caFile === null ? null : readFileSync(caFile, 'utf8');
      if (known === null || known.ca !== ca)
        known = { ca, connect: buildConnector({ ...plain, ...(ca !== null && { ca }) }) };
    } catch (error) {
      callback(error instanceof Error ? error : new Error(String(error)), null);
      return;
    }
    known.connect(options, callback);
  };
}
