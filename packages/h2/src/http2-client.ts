import type { Duplex } from 'node:stream';
import { FrameReader, withoutPadding } from './frame-reader.js';
import { FrameWriter, type RequestHead } from './frame-writer.js';
import {
  ConnectionError,
  defaultFrameBytes,
  defaultWindowBytes,
  errorCode,
  flag,
  frameType,
  largestWindowBytes,
  setting,
} from './frames.js';
import { HpackDecoder } from './hpack-decoder.js';
import { HpackError } from './hpack-error.js';

/** What becomes of one request; exactly one of these is called, once. */
export interface StreamHandler {
  /** Lower-case names; a header that came several times is joined with commas. */
  onAnswer(status: number, headers: Readonly<Record<string, string>>, body: Buffer): void;
  /** The server ended this stream alone; nothing more comes of it. */
  onReset(code: number): void;
  /** The connection is over. */
  onLost(): void;
}

export interface ConnectionHandler {
  /** Null: the server names no limit. */
  onSettings(maxConcurrentStreams: number | null): void;
  /** Streams above the last one were not processed and never will be. */
  onGoaway(code: number, lastStreamId: number, debugData: Buffer): void;
  /** After `onLost` of every open stream. The cause is null where both ends simply ended. */
  onClose(cause: string | null): void;
}

interface Stream {
  readonly handler: StreamHandler;
  status: number;
  headers: Record<string, string>;
  chunks: Buffer[];
  size: number;
  /** Read since the last WINDOW_UPDATE. */
  unacknowledged: number;
  window: number;
  /** What of the body the windows have not let through yet. */
  unsent: Uint8Array | null;
}

/** What the server may send on one stream, and on all of them, before we say that we have read it. */
const streamWindowBytes = 1_048_576;
const connectionWindowBytes = 16_777_216;
/** Answers are at most a few hundred bytes; what a stranger sends beyond this is not kept. */
const maxAnswerBytes = 65_536;
const maxHeaderBlockBytes = 65_536;

/**
 * The client's end of one HTTP/2 connection (RFC 9113) over a socket that has agreed on `h2`. Made for many small requests:
 * headers that repeat are one byte each, everything that is written within one turn of the event loop leaves in one write, and an
 * answer is read where it lies.
 */
export class Http2Client {
  readonly #writer = new FrameWriter();
  readonly #decoder = new HpackDecoder();
  readonly #streams = new Map<number, Stream>();
  readonly #blocked = new Set<number>();
  readonly #pongs: (() => void)[] = [];
  #nextId = 1;
  #lastWrittenId = 0;
  #isFlushPlanned = false;
  #isClosed = false;
  #cause: string | null = null;
  #window = defaultWindowBytes;
  #initialWindow = defaultWindowBytes;
  #frameBytes = defaultFrameBytes;
  #unacknowledged = 0;
  #hasSettings = false;
  #block: { readonly streamId: number; readonly isLast: boolean; parts: Buffer[]; size: number } | null =
    null;

  constructor(
    private readonly socket: Duplex,
    private readonly handler: ConnectionHandler,
  ) {
    const reader = new FrameReader((type, flags, id, payload) => this.#onFrame(type, flags, id, payload));
    socket.on('data', (chunk: Buffer) => this.#guard(() => reader.read(chunk)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#cause ??= error.code ?? error.message;
    });
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.#onClose());
    this.#writer.preface();
    this.#writer.settings([
      [setting.enablePush, 0],
      [setting.initialWindowSize, streamWindowBytes],
    ]);
    this.#writer.windowUpdate(0, connectionWindowBytes - defaultWindowBytes);
    this.#flushSoon();
  }

  get openStreams(): number {
    return this.#streams.size;
  }
  get isClosed(): boolean {
    return this.#isClosed;
  }
  /** Whether a request of this stream may have reached the server: it was handed to the socket. */
  isWritten(streamId: number): boolean {
    return streamId <= this.#lastWrittenId;
  }

  /**
   * Writes a request; gives its stream's id. How many may be open at once is the caller's to keep.
   * @throws HeaderFault, and nothing is written then
   */
  request(head: RequestHead, body: Uint8Array, handler: StreamHandler): number {
    const id = this.#nextId;
    this.#writer.headers(id, head, body.length === 0, this.#frameBytes);
    this.#nextId += 2;
    const stream: Stream = {
      handler,
      status: 0,
      headers: {},
      chunks: [],
      size: 0,
      unacknowledged: 0,
      window: this.#initialWindow,
      unsent: body.length === 0 ? null : body,
    };
    this.#streams.set(id, stream);
    this.#sendBody(id, stream);
    this.#flushSoon();
    return id;
  }

  /** Nobody waits for this stream's answer any more: no callback comes, and the server is told. */
  cancel(streamId: number): void {
    if (!this.#forget(streamId)) return;
    this.#writer.reset(streamId, errorCode.cancel);
    this.#flushSoon();
  }

  /** @param onPong when the server has answered; never if the connection ends before */
  ping(onPong: () => void): void {
    this.#pongs.push(onPong);
    this.#writer.ping(Buffer.alloc(8), false);
    this.#flushSoon();
  }

  /** Says good-bye and ends when everything is written. For a connection without open streams. */
  end(): void {
    if (this.#isClosed) return;
    this.#writer.goaway(0, errorCode.none);
    this.#flush();
    this.socket.end();
  }

  /** Ends now. */
  destroy(cause: string): void {
    this.#cause ??= cause;
    this.socket.destroy();
  }

  #sendBody(id: number, stream: Stream): void {
    let rest = stream.unsent;
    while (rest !== null) {
      const most = Math.min(rest.length, this.#window, stream.window, this.#frameBytes);
      if (most <= 0) {
        stream.unsent = rest;
        this.#blocked.add(id);
        return;
      }
      const isLast = most === rest.length;
      this.#writer.data(id, isLast ? rest : rest.subarray(0, most), isLast);
      this.#window -= most;
      stream.window -= most;
      rest = isLast ? null : rest.subarray(most);
    }
    stream.unsent = null;
    this.#blocked.delete(id);
  }

  #sendBlocked(): void {
    for (const id of this.#blocked) {
      const stream = this.#streams.get(id);
      if (stream === undefined) this.#blocked.delete(id);
      else this.#sendBody(id, stream);
      if (this.#window <= 0) return;
    }
  }

  /** All that is written within this turn of the event loop leaves together. */
  #flushSoon(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushPlanned = false;
    if (this.#isClosed || this.socket.destroyed || this.#writer.waiting === 0) return;
    this.#lastWrittenId = this.#nextId - 2;
    this.socket.write(this.#writer.take());
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      const isTheirs = error instanceof ConnectionError;
      if (!isTheirs && !(error instanceof HpackError)) throw error;
      this.#writer.goaway(0, isTheirs ? error.code : errorCode.compression);
      this.#flush();
      this.destroy(error.message);
    }
  }

  #onFrame(type: number, flags: number, id: number, payload: Buffer): void {
    if (this.#isClosed || this.socket.destroyed) return;
    if (this.#block !== null && (type !== frameType.continuation || id !== this.#block.streamId))
      throw new ConnectionError(errorCode.protocol, 'a header block is interrupted');
    switch (type) {
      case frameType.data:
        return this.#onData(flags, id, payload);
      case frameType.headers:
        return this.#onHeaders(flags, id, payload);
      case frameType.continuation:
        return this.#onContinuation(flags, payload);
      case frameType.reset:
        return this.#onReset(id, wordOf(payload));
      case frameType.settings:
        return this.#onSettings(flags, payload);
      case frameType.ping:
        return this.#onPing(flags, payload);
      case frameType.goaway:
        if (payload.length < 8) throw new ConnectionError(errorCode.frameSize, 'a GOAWAY is too short');
        return this.handler.onGoaway(
          payload.readUInt32BE(4),
          payload.readUInt32BE(0) & 0x7fff_ffff,
          payload.subarray(8),
        );
      case frameType.windowUpdate:
        return this.#onWindowUpdate(id, wordOf(payload) & 0x7fff_ffff);
      case frameType.pushPromise:
        throw new ConnectionError(errorCode.protocol, 'a push was promised to a client that wants none');
      default:
      // Priorities and frames that are not known say nothing to a client.
    }
  }

  #onHeaders(flags: number, streamId: number, payload: Buffer): void {
    let block = (flags & flag.padded) === 0 ? payload : withoutPadding(payload);
    if ((flags & flag.priority) !== 0) block = block.subarray(5);
    const isLast = (flags & flag.endStream) !== 0;
    if ((flags & flag.endHeaders) !== 0) return this.#onBlock(streamId, isLast, block);
    this.#block = { streamId, isLast, parts: [Buffer.from(block)], size: block.length };
  }

  #onContinuation(flags: number, payload: Buffer): void {
    const block = this.#block;
    if (block === null) throw new ConnectionError(errorCode.protocol, 'a CONTINUATION continues nothing');
    block.parts.push(Buffer.from(payload));
    block.size += payload.length;
    if (block.size > maxHeaderBlockBytes)
      throw new ConnectionError(errorCode.protocol, 'more headers than anybody sends');
    if ((flags & flag.endHeaders) === 0) return;
    this.#block = null;
    this.#onBlock(block.streamId, block.isLast, Buffer.concat(block.parts));
  }

  #onBlock(streamId: number, isLast: boolean, block: Buffer): void {
    const stream = this.#streams.get(streamId);
    const headers: Record<string, string> = {};
    // Also where nobody waits any more: the next block builds on this one.
    this.#decoder.decode(block, (name, value) => {
      const known = headers[name];
      headers[name] = known === undefined ? value : `${known}, ${value}`;
    });
    if (stream === undefined) return;
    const status = Number(headers[':status'] ?? 0);
    // Neither an interim answer nor a trailer is the answer.
    if (stream.status === 0 && status >= 200) {
      stream.status = status;
      stream.headers = headers;
    }
    if (isLast) this.#answer(streamId, stream);
  }

  #onData(flags: number, streamId: number, payload: Buffer): void {
    this.#unacknowledged += payload.length;
    if (this.#unacknowledged >= connectionWindowBytes / 2) {
      this.#writer.windowUpdate(0, this.#unacknowledged);
      this.#unacknowledged = 0;
      this.#flushSoon();
    }
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    const part = (flags & flag.padded) === 0 ? payload : withoutPadding(payload);
    stream.size += part.length;
    // A copy: the rest of the socket's chunk must not live as long as an answer does.
    if (stream.size <= maxAnswerBytes && part.length > 0) stream.chunks.push(Buffer.from(part));
    if ((flags & flag.endStream) !== 0) return this.#answer(streamId, stream);
    stream.unacknowledged += payload.length;
    if (stream.unacknowledged < streamWindowBytes / 2) return;
    this.#writer.windowUpdate(streamId, stream.unacknowledged);
    stream.unacknowledged = 0;
    this.#flushSoon();
  }

  #answer(streamId: number, stream: Stream): void {
    this.#forget(streamId);
    if (stream.unsent !== null) {
      // Answered before it was asked whole: the rest of the question is not wanted.
      this.#writer.reset(streamId, errorCode.cancel);
      this.#flushSoon();
    }
    if (stream.status === 0) return stream.handler.onReset(errorCode.protocol);
    const { chunks } = stream;
    const body = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    stream.handler.onAnswer(stream.status, stream.headers, body);
  }

  #onReset(streamId: number, code: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    this.#forget(streamId);
    stream.handler.onReset(code);
  }

  #onSettings(flags: number, payload: Buffer): void {
    if ((flags & flag.ack) !== 0) return;
    if (payload.length % 6 !== 0) throw new ConnectionError(errorCode.frameSize, 'SETTINGS are cut short');
    let maxConcurrentStreams: number | null | undefined;
    for (let at = 0; at < payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      switch (payload.readUInt16BE(at)) {
        case setting.headerTableSize:
          this.#writer.limitTable(value);
          break;
        case setting.maxConcurrentStreams:
          maxConcurrentStreams = value;
          break;
        case setting.initialWindowSize:
          this.#moveWindows(value);
          break;
        case setting.maxFrameSize:
          this.#frameBytes = Math.min(value, defaultFrameBytes);
          break;
        default:
      }
    }
    this.#writer.settingsAck();
    this.#flushSoon();
    if (maxConcurrentStreams !== undefined || !this.#hasSettings)
      this.handler.onSettings(maxConcurrentStreams ?? null);
    this.#hasSettings = true;
    this.#sendBlocked();
  }

  /** RFC 9113, 6.9.2: a change of the initial window moves that of every open stream, below zero even. */
  #moveWindows(size: number): void {
    if (size > largestWindowBytes) throw new ConnectionError(errorCode.flowControl, 'a window is too large');
    for (const stream of this.#streams.values()) stream.window += size - this.#initialWindow;
    this.#initialWindow = size;
  }

  #onPing(flags: number, payload: Buffer): void {
    if (payload.length !== 8) throw new ConnectionError(errorCode.frameSize, 'a PING has another size');
    if ((flags & flag.ack) !== 0) return this.#pongs.shift()?.();
    this.#writer.ping(payload, true);
    this.#flushSoon();
  }

  #onWindowUpdate(streamId: number, increment: number): void {
    if (increment === 0) throw new ConnectionError(errorCode.protocol, 'a window grows by nothing');
    if (streamId === 0) this.#window += increment;
    else {
      const stream = this.#streams.get(streamId);
      if (stream === undefined) return;
      stream.window += increment;
    }
    if (this.#blocked.size === 0) return;
    this.#sendBlocked();
    this.#flushSoon();
  }

  #forget(streamId: number): boolean {
    this.#blocked.delete(streamId);
    return this.#streams.delete(streamId);
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const lost = [...this.#streams.values()];
    this.#streams.clear();
    for (const { handler } of lost) handler.onLost();
    this.handler.onClose(this.#cause);
  }
}

function wordOf(payload: Buffer): number {
  if (payload.length !== 4) throw new ConnectionError(errorCode.frameSize, 'a frame has another size');
  return payload.readUInt32BE(0);
}
