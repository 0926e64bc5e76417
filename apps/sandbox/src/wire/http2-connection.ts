import http2 from 'node:http2';
import type { ServerHttp2Session, ServerHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { errorCode, goawayFrame } from './frame.js';
import { bodyCeilingBytes, type Answer, type Exchange } from './exchange.js';
import { limitOffset, type Http2Tap } from './http2-tap.js';

/** How long a connection that said goodbye may take to read its last answers. */
const hangUpGraceMs = 1_000;

export interface Http2ConnectionOptions {
  readonly id: number;
  readonly tap: Http2Tap;
  readonly streamLimit: number;
  onExchange(exchange: Exchange): void;
  /** A stream above the limit. Default: it is refused. */
  onTooMany?(connection: Http2Connection): void;
  onRefused?(): void;
  onClose?(): void;
}

/** One HTTP/2 connection of a client: its stream limit, its goodbye, and its requests as exchanges. */
export class Http2Connection {
  readonly #session: ServerHttp2Session;
  readonly #open = new Set<number>();
  #limit: number;
  #lastProcessed = 0;
  /** Set once GOAWAY was sent: streams above it are not looked at. */
  #lastAccepted: number | null = null;
  peakStreams = 0;

  constructor(private readonly options: Http2ConnectionOptions) {
    this.#limit = options.streamLimit;
    this.#session = http2.performServerHandshake(options.tap, {
      settings: { maxConcurrentStreams: limitOffset + options.streamLimit },
      maxSessionMemory: 64,
    });
    this.#session.on('stream', (stream, headers, _flags, raw) => this.#onStream(stream, headers, raw));
    this.#session.on('error', () => options.tap.cut());
    this.#session.on('close', () => options.onClose?.());
  }

  get streamLimit(): number {
    return this.#limit;
  }

  /** Tells the client how many streams it may have open from now on. */
  setStreamLimit(limit: number): void {
    if (limit === this.#limit || this.#session.destroyed) return;
    this.#limit = limit;
    this.#session.settings({ maxConcurrentStreams: limitOffset + limit });
  }

  /**
   * GOAWAY with the last stream that was processed, or that will be: `withOpen` counts those whose request is still on
   * its way. The streams up to it are answered, then the connection ends.
   */
  goAway(code: number, debugData: string, withOpen = false): void {
    if (this.#lastAccepted !== null || this.#session.destroyed) return;
    this.#lastAccepted = withOpen ? Math.max(this.#lastProcessed, ...this.#open) : this.#lastProcessed;
    this.options.tap.inject(goawayFrame(this.#lastAccepted, code, debugData));
    this.#hangUpWhenDone();
  }

  close(): void {
    this.options.tap.cut();
    this.#session.destroy();
  }

  #hangUpWhenDone(): void {
    const last = this.#lastAccepted;
    if (last === null) return;
    for (const id of this.#open) if (id <= last) return;
    setImmediate(() => this.options.tap.hangUp(hangUpGraceMs));
  }

  #onStream(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    const id = stream.id ?? 0;
    stream.on('error', () => stream.destroy());
    if (this.#lastAccepted !== null && id > this.#lastAccepted) return this.#refuse(stream);
    if (this.#open.size >= this.#limit) {
      if (this.options.onTooMany === undefined) return this.#refuse(stream);
      return this.options.onTooMany(this);
    }
    this.#open.add(id);
    this.peakStreams = Math.max(this.peakStreams, this.#open.size);
    stream.once('close', () => {
      this.#open.delete(id);
      this.#hangUpWhenDone();
    });
    this.#collect(stream, headers, raw);
  }

  #refuse(stream: ServerHttp2Stream): void {
    this.options.onRefused?.();
    stream.close(errorCode.refusedStream);
  }

  #collect(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, raw: readonly string[]): void {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > bodyCeilingBytes) stream.close(errorCode.enhanceYourCalm);
      else chunks.push(chunk);
    });
    stream.on('end', () => {
      const id = stream.id ?? 0;
      if (stream.destroyed || size > bodyCeilingBytes) return;
      if (this.#lastAccepted !== null && id > this.#lastAccepted) return this.#refuse(stream);
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      this.options.onExchange(this.#exchange(stream, headers, raw, body));
    });
  }

  #exchange(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
    body: Buffer,
  ): Exchange {
    const id = stream.id ?? 0;
    const before = this.#lastProcessed;
    this.#lastProcessed = Math.max(before, id);
    return {
      method: String(headers[':method'] ?? ''),
      path: String(headers[':path'] ?? ''),
      headers: headers as Record<string, string | undefined>,
      repeatedHeaders: repeatedNames(raw),
      body,
      protocol: 'h2',
      connectionId: this.options.id,
      streamId: id,
      answer: (answer) => respond(stream, answer),
      reset: (code) => stream.close(code),
      cut: () => this.options.tap.cut(),
      silence: () => this.options.tap.silence(),
      goAway: (code, debugData) => {
        const isNewest = this.#lastProcessed === id;
        if (isNewest) this.#lastProcessed = before;
        this.goAway(code, debugData);
        if (isNewest) stream.close(errorCode.refusedStream);
        return isNewest;
      },
    };
  }
}

function respond(stream: ServerHttp2Stream, answer: Answer): void {
  if (stream.destroyed || stream.closed) return;
  const headers = { ':status': answer.status, ...answer.headers };
  const body = answer.body ?? '';
  if (body === '') return stream.respond(headers, { endStream: true });
  stream.respond(headers);
  stream.end(body);
}

function repeatedNames(raw: readonly string[]): string[] {
  const repeated: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    for (let other = 0; other < at; other += 2) {
      if (raw[other] === raw[at]) repeated.push(raw[at] ?? '');
    }
  }
  return repeated;
}
