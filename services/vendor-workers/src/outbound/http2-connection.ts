import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  sensitiveHeaders,
} from 'node:http2';
import { isIP, type LookupFunction } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
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
  readonly stream: ClientHttp2Stream;
  readonly startedAt: number;
  status: number;
  headers: Readonly<Record<string, string>>;
  chunks: Buffer[];
  size: number;
  ended: boolean;
  isSettled: boolean;
}

const { NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } = constants;
/** Answers are at most a few hundred bytes; what a stranger sends beyond this is not kept. */
const maxAnswerBytes = 65_536;
const pingTimeoutMs = 5_000;

/**
 * One HTTP/2 connection: connecting, open, draining (answers come, no new requests), closed. It holds no queue: a request is
 * written only while the server's MAX_CONCURRENT_STREAMS has room, so that everything below the last stream of a GOAWAY was
 * really sent and everything above it really was not.
 */
export class Http2Connection {
  readonly #options: ConnectionOptions;
  readonly #authority: string;
  readonly #socket: TLSSocket;
  readonly #session: ClientHttp2Session;
  readonly #inFlight = new Set<InFlight>();
  /** Streams that died with the connection: their fate is known once the connection's is. */
  #undecided: InFlight[] = [];
  #state: 'connecting' | 'open' | 'draining' | 'closed' = 'connecting';
  #streamLimit = 0;
  #lastStreamId: number | null = null;
  #failure: string | null = null;
  #answered = 0;
  readonly #openedAt: number;
  #activeAt: number;
  #pingSentAt: number | null = null;
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
    this.#session = connect(options.origin, {
      createConnection: () => this.#socket,
      maxSessionMemory: 64,
      settings: { enablePush: false },
    });
    this.#listen(this.#session);
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

  /**
   * Puts a request on the wire. Only while there is room. False when the connection is going already and says so only
   * later: the request is still the caller's.
   */
  write(entry: Entry): boolean {
    if (this.#session.closed || this.#session.destroyed) {
      this.#state = 'draining';
      return false;
    }
    const { request } = entry;
    let stream: ClientHttp2Stream;
    try {
      stream = this.#session.request({
        ':method': request.method,
        ':path': request.path,
        ':scheme': 'https',
        ':authority': this.#authority,
        ...request.headers,
        // Values that never come again would push the repeated ones (authorization, topic) out of the HPACK table.
        [sensitiveHeaders]: request.uniqueHeaders as string[],
      });
    } catch (error) {
      // A header that HTTP does not allow. Its code only: the text quotes the value.
      entry.settle({
        kind: 'not-sent',
        because: 'refused',
        cause: (error as NodeJS.ErrnoException).code ?? 'not a request',
      });
      return true;
    }
    const now = this.#options.now();
    this.#activeAt = now;
    const flight: InFlight = {
      entry,
      stream,
      startedAt: now,
      status: 0,
      headers: {},
      chunks: [],
      size: 0,
      ended: false,
      isSettled: false,
    };
    this.#inFlight.add(flight);
    stream.on('response', (headers, flags) => this.#onResponse(flight, headers, flags));
    stream.on('error', noteOnly);
    stream.on('close', () => this.#onStreamClose(flight));
    stream.end(request.body);
    return true;
  }

  /** No new requests; closes when the last answer is in. */
  drain(): void {
    if (this.#state === 'closed' || this.#state === 'draining') return;
    this.#isDrained = true;
    const wasConnecting = this.#state === 'connecting';
    this.#state = 'draining';
    if (wasConnecting) this.destroy('drained while connecting');
    else this.#session.close(() => this.#socket.destroySoon());
    this.#options.onChange();
  }

  /** Ends now: what is in flight becomes `unknown`. */
  destroy(cause: string): void {
    this.#failure ??= cause;
    this.#session.destroy();
    this.#socket.destroy();
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
      if (flight.isSettled) continue;
      settle(flight, {
        kind: 'unknown',
        because: 'timeout',
        cause: `no answer in ${this.#options.requestTimeoutMs} ms`,
      });
      flight.stream.close(NGHTTP2_CANCEL);
      this.#ping(now);
    }
    if (this.#pingSentAt !== null && now - this.#pingSentAt > pingTimeoutMs) {
      this.destroy('no answer to a PING');
      return;
    }
    if (this.#state === 'open' && now - this.#activeAt >= keepaliveMs) this.#ping(now);
  }

  #ping(now: number): void {
    if (this.#pingSentAt !== null || this.#session.destroyed || this.#state === 'connecting') return;
    this.#pingSentAt = now;
    this.#activeAt = now;
    this.#session.ping((error) => {
      // An error means that the session is going; its own events tell the rest.
      if (error === null) this.#pingSentAt = null;
    });
  }

  #listen(session: ClientHttp2Session): void {
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      this.#streamLimit = Math.min(
        maxConcurrentStreams ?? this.#options.maxStreams,
        this.#options.maxStreams,
      );
      if (this.#state === 'connecting') this.#state = 'open';
      this.#options.onChange();
    });
    session.on('goaway', (code: number, lastStreamId: number, data: Buffer | undefined) => {
      this.#lastStreamId = lastStreamId;
      if (code !== 0)
        this.#failure ??= `GOAWAY ${code}${data === undefined ? '' : ` ${data.toString('utf8', 0, 128)}`}`;
      if (this.#state === 'open') this.#state = 'draining';
      this.#options.onChange();
    });
    session.on('error', (error: Error & { code?: string }) => {
      this.#failure ??= error.code ?? error.message;
    });
    session.on('close', () => {
      if (this.#state === 'connecting') this.#failure ??= 'closed while connecting';
      this.#state = 'closed';
      const undecided = this.#undecided;
      this.#undecided = [];
      for (const flight of undecided) settle(flight, this.#fateOf(flight));
      this.#options.onChange();
    });
  }

  #onResponse(flight: InFlight, headers: Record<string, unknown>, flags: number): void {
    flight.status = Number(headers[':status']);
    flight.headers = headers as Readonly<Record<string, string>>;
    if ((flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
      flight.ended = true;
      this.#answer(flight);
      // The stream closes only after it was read to its end.
      flight.stream.resume();
      return;
    }
    flight.stream.on('data', (chunk: Buffer) => {
      flight.size += chunk.length;
      if (flight.size <= maxAnswerBytes) flight.chunks.push(chunk);
    });
    flight.stream.on('end', () => {
      // A reset stream ends too, but its answer is not whole.
      flight.ended = flight.stream.rstCode === 0 && !flight.stream.aborted;
      if (flight.ended) this.#answer(flight);
    });
  }

  #answer(flight: InFlight): void {
    if (flight.isSettled) return;
    this.#answered += 1;
    this.#activeAt = this.#options.now();
    const body = flight.chunks.length === 1 ? (flight.chunks[0] as Buffer) : Buffer.concat(flight.chunks);
    const answer: VendorAnswer = { kind: 'answered', status: flight.status, headers: flight.headers, body };
    if (flight.status !== 200 && this.#options.endsConnection(answer)) this.drain();
    settle(flight, answer);
  }

  #onStreamClose(flight: InFlight): void {
    this.#inFlight.delete(flight);
    if (!flight.isSettled) {
      if (flight.stream.rstCode === NGHTTP2_REFUSED_STREAM) {
        settle(flight, {
          kind: 'not-sent',
          because: this.#lastStreamId === null ? 'refused' : 'goaway',
          cause: 'REFUSED_STREAM',
        });
      } else if (this.#session.destroyed && this.#state !== 'closed') {
        this.#undecided.push(flight);
      } else {
        settle(flight, this.#fateOf(flight));
      }
    }
    // A session that is over waits for the server to close the socket, which a server with open streams never does.
    if (this.#session.destroyed && this.#inFlight.size === 0) this.#socket.destroySoon();
    this.#options.onChange();
  }

  /** What became of a request that got no whole answer. */
  #fateOf({ stream }: InFlight): VendorAnswer {
    const cause = this.#failure ?? `stream closed with code ${stream.rstCode}`;
    if (stream.id === undefined) return { kind: 'not-sent', because: 'cut', cause };
    if (this.#lastStreamId !== null && stream.id > this.#lastStreamId)
      return { kind: 'not-sent', because: 'goaway', cause };
    return { kind: 'unknown', because: 'cut', cause };
  }
}

function settle(flight: InFlight, answer: VendorAnswer): void {
  if (flight.isSettled) return;
  flight.isSettled = true;
  flight.entry.settle(answer);
}

/** A stream's error says nothing that its close code and the connection's state do not say; without a listener it would throw. */
function noteOnly(): void {}
