import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import {
  clientPrefaceBytes,
  frameHeaderBytes,
  frameType,
  settingMaxConcurrentStreams,
  settingsAckFlag,
} from './frame.js';
import { FrameWalker } from './frame-walker.js';
import { repairScheme } from './repair-scheme.js';

/**
 * nghttp2 answers a stream above its own limit by ending the connection with its own words. A vendor refuses the single
 * stream, or uses other words. So nghttp2 is told a limit that nobody reaches, and the tap takes this off again on the
 * wire; the limit itself is kept by the connection.
 */
export const limitOffset = 1_000_000;

function takeOffsetOff(frame: Buffer): Buffer {
  if (((frame[4] ?? 0) & settingsAckFlag) !== 0) return frame;
  for (let at = frameHeaderBytes; at + 6 <= frame.length; at += 6) {
    if (frame.readUInt16BE(at) !== settingMaxConcurrentStreams) continue;
    const value = frame.readUInt32BE(at + 2);
    if (value >= limitOffset) frame.writeUInt32BE(value - limitOffset, at + 2);
  }
  return frame;
}

/**
 * Stands between a TLS socket and the HTTP/2 session: the place where a connection can go silent, be cut, or carry a
 * frame that nghttp2 would not write.
 */
export class Http2Tap extends Duplex {
  readonly #outbound = new FrameWalker(frameType.settings, takeOffsetOff);
  readonly #inbound: FrameWalker | null;
  #isSilent = false;
  #waiting: Buffer[] = [];

  constructor(
    private readonly socket: TLSSocket,
    options: { mendScheme: boolean },
  ) {
    super({ allowHalfOpen: true });
    this.#inbound = options.mendScheme
      ? new FrameWalker(frameType.headers, repairScheme, clientPrefaceBytes)
      : null;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.push(null));
    socket.on('close', () => this.destroy());
    socket.on('error', () => this.destroy());
  }

  /** From now on nothing is read and nothing is written, and the connection stays open. */
  silence(): void {
    this.#isSilent = true;
    this.socket.pause();
  }

  /** Puts a frame of our own between two frames of the session. */
  inject(frame: Buffer): void {
    if (this.#outbound.atBoundary) this.#send(frame);
    else this.#waiting.push(frame);
  }

  /** Ends the connection once what was written has left; what still comes in is thrown away. */
  hangUp(graceMs: number): void {
    this.#isSilent = true;
    this.socket.end();
    this.socket.resume();
    setTimeout(() => this.socket.destroy(), graceMs).unref();
  }

  /** Ends the connection at once. */
  cut(): void {
    this.socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#isSilent) return;
    let wantsMore = true;
    for (const part of this.#inbound === null ? [chunk] : this.#inbound.walk(chunk))
      wantsMore = this.push(part);
    if (!wantsMore) this.socket.pause();
  }

  #send(bytes: Buffer): void {
    if (!this.#isSilent && !this.socket.destroyed) this.socket.write(bytes);
  }

  override _read(): void {
    if (!this.#isSilent) this.socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this._writev([{ chunk, encoding: 'binary' }], done);
  }

  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error | null) => void,
  ): void {
    this.socket.cork();
    for (const { chunk } of chunks) for (const part of this.#outbound.walk(chunk)) this.#send(part);
    if (this.#outbound.atBoundary) for (const frame of this.#waiting.splice(0)) this.#send(frame);
    this.socket.uncork();
    if (this.socket.writableNeedDrain && !this.#isSilent) this.socket.once('drain', () => done());
    else done();
  }

  override _final(done: (error?: Error | null) => void): void {
    if (!this.#isSilent) this.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (!this.#isSilent) this.socket.destroy();
    done(error);
  }
}
