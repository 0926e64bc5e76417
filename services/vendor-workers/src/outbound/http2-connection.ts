import { isIP, type LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { HeaderFault } from '@reveille/h2/hpack-encoder';
import { Http2Client } from '@reveille/h2/http2-client';
import { errorCode } from '@reveille/h2/frames';
import type { VendorAnswer } from '../vendor.js';
import type { Entry } from './request-queue.js';

export interface ConnectionOptions {
  readonly origin: string;
  /** PEM; null is the system's. */
  readonly ca: string | null;
  /** How its name is looked up; null is the system's way. */
  readonly lookup: LookupFunction | null;
  readonly now: () => number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** The most requests in flight, whatever the server would allow. */
  readonly maxStreams: number;
  readonly endsConnection: (answer: VendorAnswer) => boolean;
  /** Room for more requests, or a state that its owner must look at. */
  readonly onChange: () => void;
}

interface InFlight {
  readonly entry: Entry;
  readonly startedAt: number;
  streamId: number;
}

const pingTimeoutMs = 5_000;
/** How long a server that has given up on the connection is listened to. */
const afterErrorMs = 1_000;

/**
 * One HTTP/2 connection: connecting, open, draining (answers come, no new requests), closed. It holds no queue: a request is
 * written only while the server's MAX_CONCURRENT_STREAMS has room, so that everything below the last stream of a GOAWAY was
 * really sent and everything above it really was not.
 */
export class Http2Connection {
  readonly #options: ConnectionOptions;
  readonly #authority: string;
  readonly #socket: TLSSocket;
  readonly #client: Http2Client;
  /** In the order of their streams. */
  readonly #inFlight = new Set<InFlight>();
  #state: 'connecting' | 'open' | 'draining' | 'closed' = 'connecting';
  #streamLimit = 0;
  #lastStreamId: number | null = null;
  #failure: string | null = null;
  #answered = 0;
  readonly #openedAt: number;
  #activeAt: number;
  #pingSentAt: number | null = null;
  #gaveUpAt: number | null = null;
  #isDrained = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const url = new URL(options.origin);
    this.#authority = url.host;
    this.#openedAt = options.now();
    this.#activeAt = this.#openedAt;
    this.#socket = connectTls({
      host: url.hostname,
      port: url.port === '' ? 443 : Number(url.port),
      ...(isIP(url.hostname) === 0 && { servername: url.hostname }),
      ...(options.ca !== null && { ca: options.ca }),
      ...(options.lookup !== null && { lookup: options.lookup }),
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
    });
    // Everything of one turn of the event loop is in one write already.
    this.#socket.setNoDelay(true);
    this.#socket.once('secureConnect', () => {
      if (this.#socket.alpnProtocol !== 'h2') this.destroy('the server does not speak HTTP/2');
    });
    this.#client = new Http2Client(this.#socket, {
      onSettings: (maxConcurrentStreams) => this.#onSettings(maxConcurrentStreams),
      onGoaway: (code, lastStreamId, data) => this.#onGoaway(code, lastStreamId, data),
      onClose: (cause) => this.#onClose(cause),
    });
  }

  get state(): 'connecting' | 'open' | 'draining' | 'closed' {
    return this.#state;
  }
  get inFlight(): number {
    return this.#inFlight.size;
  }
  /** How many requests may be written now. */
  get room(): number {
    return this.#state === 'open' ? this.#streamLimit - this.#inFlight.size : 0;
  }
  get streamLimit(): number {
    return this.#streamLimit;
  }
  /** Why it never opened or broke; null while nothing is wrong. */
  get failure(): string | null {
    return this.#failure;
  }
  /** Closed on our own wish. */
  get isDrained(): boolean {
    return this.#isDrained;
  }
  get hasAnswered(): boolean {
    return this.#answered > 0;
  }

  /** Puts a request on the wire. Only while there is room. */
  write(entry: Entry): void {
    const { method, path, headers, uniqueHeaders, body } = entry.request;
    const now = this.#options.now();
    const flight: InFlight = { entry, startedAt: now, streamId: 0 };
    try {
      flight.streamId = this.#client.request(
        { method, path, authority: this.#authority, headers, uniqueHeaders },
        body,
        {
          onAnswer: (status, answered, content) => this.#onAnswer(flight, status, answered, content),
          onReset: (code) => this.#settle(flight, fateOfReset(code, this.#lastStreamId)),
          onLost: () => this.#settle(flight, this.#fateOf(flight)),
        },
      );
    } catch (error) {
      if (!(error instanceof HeaderFault)) throw error;
      entry.settle({ kind: 'not-sent', because: 'refused', cause: error.message });
      return;
    }
    this.#activeAt = now;
    this.#inFlight.add(flight);
  }

  /** No new requests; closes when the last answer is in. */
  drain(): void {
    if (this.#state === 'closed' || this.#state === 'draining') return;
    this.#isDrained = true;
    const wasConnecting = this.#state === 'connecting';
    this.#state = 'draining';
    if (wasConnecting) this.destroy('drained while connecting');
    else this.#endIfIdle();
    this.#options.onChange();
  }

  /** Ends now: what is in flight becomes `unknown`. */
  destroy(cause: string): void {
    this.#failure ??= cause;
    this.#client.destroy(cause);
  }

  /** Looks for what has waited too long; called a few times per second. */
  sweep(now: number, keepaliveMs: number): void {
    if (this.#state === 'connecting' && now - this.#openedAt > this.#options.connectTimeoutMs) {
      this.destroy('connect timeout');
      return;
    }
    // Insertion order is the order of starting, so the first young one ends the search.
    for (const flight of this.#inFlight) {
      if (now - flight.startedAt < this.#options.requestTimeoutMs) break;
      this.#client.cancel(flight.streamId);
      this.#settle(flight, {
        kind: 'unknown',
        because: 'timeout',
        cause: `no answer in ${this.#options.requestTimeoutMs} ms`,
      });
      this.#ping(now);
    }
    if (this.#gaveUpAt !== null && now - this.#gaveUpAt > afterErrorMs) {
      this.destroy('the server gave up');
      return;
    }
    if (this.#pingSentAt !== null && now - this.#pingSentAt > pingTimeoutMs) {
      this.destroy('no answer to a PING');
      return;
    }
    if (this.#state === 'open' && now - this.#activeAt >= keepaliveMs) this.#ping(now);
  }

  #ping(now: number): void {
    if (this.#pingSentAt !== null || this.#client.isClosed || this.#state === 'connecting') return;
    this.#pingSentAt = now;
    this.#activeAt = now;
    this.#client.ping(() => {
      this.#pingSentAt = null;
    });
  }

  #onSettings(maxConcurrentStreams: number | null): void {
    const { maxStreams } = this.#options;
    this.#streamLimit = Math.min(maxConcurrentStreams ?? maxStreams, maxStreams);
    if (this.#state === 'connecting') this.#state = 'open';
    this.#options.onChange();
  }

  #onGoaway(code: number, lastStreamId: number, data: Buffer): void {
    this.#lastStreamId = lastStreamId;
    if (code !== 0) {
      this.#gaveUpAt ??= this.#options.now();
      this.#failure ??= `GOAWAY ${code}${data.length === 0 ? '' : ` ${data.toString('utf8', 0, 128)}`}`;
    }
    if (this.#state === 'open') this.#state = 'draining';
    for (const flight of this.#inFlight) {
      if (flight.streamId <= lastStreamId) continue;
      this.#client.cancel(flight.streamId);
      this.#settle(flight, this.#fateOf(flight));
    }
    this.#endIfIdle();
    this.#options.onChange();
  }

  #onClose(cause: string | null): void {
    this.#failure ??= cause;
    if (this.#state === 'connecting') this.#failure ??= 'closed while connecting';
    this.#state = 'closed';
    this.#options.onChange();
  }

  #onAnswer(flight: InFlight, status: number, headers: Readonly<Record<string, string>>, body: Buffer): void {
    this.#answered += 1;
    this.#activeAt = this.#options.now();
    const answer: VendorAnswer = { kind: 'answered', status, headers, body };
    if (status !== 200 && this.#options.endsConnection(answer)) this.drain();
    this.#settle(flight, answer);
  }

  #settle(flight: InFlight, answer: VendorAnswer): void {
    if (!this.#inFlight.delete(flight)) return;
    flight.entry.settle(answer);
    this.#endIfIdle();
    this.#options.onChange();
  }

  #endIfIdle(): void {
    if (this.#state === 'draining' && this.#inFlight.size === 0) this.#client.end();
  }

  /** What became of a request that got no whole answer when the connection ended. */
  #fateOf({ streamId }: InFlight): VendorAnswer {
    const cause = this.#failure ?? 'the connection ended';
    if (!this.#client.isWritten(streamId)) return { kind: 'not-sent', because: 'cut', cause };
    if (this.#lastStreamId !== null && streamId > this.#lastStreamId)
      return { kind: 'not-sent', because: 'goaway', cause };
    return { kind: 'unknown', because: 'cut', cause };
  }
}

function fateOfReset(code: number, lastStreamId: number | null): VendorAnswer {
  if (code !== errorCode.refusedStream)
    return { kind: 'unknown', because: 'cut', cause: `stream closed with code ${code}` };
  return {
    kind: 'not-sent',
    because: lastStreamId === null ? 'refused' : 'goaway',
    cause: 'REFUSED_STREAM',
  };
}
