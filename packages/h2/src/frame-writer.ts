import { ByteWriter } from './byte-writer.js';
import { defaultFrameBytes, flag, frameType, headBytes } from './frames.js';
import { HpackEncoder } from './hpack-encoder.js';

export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  /** Lower-case names, without pseudo headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Headers whose value no other request repeats; the path is treated like them. */
  readonly uniqueHeaders: readonly string[];
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Frames that wait to be written to one connection. */
export class FrameWriter {
  readonly #out = new ByteWriter();
  readonly #hpack = new HpackEncoder();

  get waiting(): number {
    return this.#out.waiting;
  }
  take(): Buffer {
    return this.#out.take();
  }

  limitTable(bytes: number): void {
    this.#hpack.limitTable(bytes);
  }

  preface(): void {
    this.#raw(preface);
  }

  settings(pairs: readonly (readonly [number, number])[]): void {
    const bytes = this.#head(pairs.length * 6, frameType.settings, 0, 0);
    for (const [id, value] of pairs) {
      this.#out.at = bytes.writeUInt16BE(id, this.#out.at);
      this.#out.at = bytes.writeUInt32BE(value, this.#out.at);
    }
  }

  settingsAck(): void {
    this.#head(0, frameType.settings, flag.ack, 0);
  }

  /** @param opaque 8 bytes */
  ping(opaque: Buffer, isAck: boolean): void {
    this.#head(opaque.length, frameType.ping, isAck ? flag.ack : 0, 0);
    this.#raw(opaque);
  }

  reset(streamId: number, code: number): void {
    const bytes = this.#head(4, frameType.reset, 0, streamId);
    this.#out.at = bytes.writeUInt32BE(code, this.#out.at);
  }

  goaway(lastStreamId: number, code: number): void {
    const bytes = this.#head(8, frameType.goaway, 0, 0);
    this.#out.at = bytes.writeUInt32BE(lastStreamId, this.#out.at);
    this.#out.at = bytes.writeUInt32BE(code, this.#out.at);
  }

  windowUpdate(streamId: number, increment: number): void {
    const bytes = this.#head(4, frameType.windowUpdate, 0, streamId);
    this.#out.at = bytes.writeUInt32BE(increment, this.#out.at);
  }

  data(streamId: number, part: Uint8Array, isLast: boolean): void {
    this.#head(part.length, frameType.data, isLast ? flag.endStream : 0, streamId);
    this.#raw(part);
  }

  /**
   * HEADERS, and CONTINUATION where they are many.
   * @throws HeaderFault, and nothing is written then
   */
  headers(streamId: number, head: RequestHead, isLast: boolean, mostBytes: number): void {
    const out = this.#out;
    this.#head(0, frameType.headers, (isLast ? flag.endStream : 0) | flag.endHeaders, streamId);
    const start = out.at - out.start;
    try {
      this.#block(head);
    } catch (error) {
      out.at = out.start + start - headBytes;
      throw error;
    }
    const length = out.at - out.start - start;
    if (length <= mostBytes) {
      out.room(0).writeUIntBE(length, out.start + start - headBytes, 3);
      return;
    }
    const block = Buffer.from(out.room(0).subarray(out.start + start, out.at));
    out.at = out.start + start - headBytes;
    for (let at = 0; at < length; at += mostBytes) {
      const part = block.subarray(at, at + mostBytes);
      const isEnd = at + mostBytes >= length;
      const flags = (at === 0 && isLast ? flag.endStream : 0) | (isEnd ? flag.endHeaders : 0);
      this.#head(part.length, at === 0 ? frameType.headers : frameType.continuation, flags, streamId);
      this.#raw(part);
    }
  }

  #block({ method, path, authority, headers, uniqueHeaders }: RequestHead): void {
    const hpack = this.#hpack;
    const out = this.#out;
    hpack.begin(out);
    hpack.write(out, ':method', method);
    hpack.write(out, ':scheme', 'https');
    hpack.write(out, ':authority', authority);
    hpack.writeOnce(out, ':path', path);
    for (const name in headers) {
      const value = headers[name] as string;
      if (uniqueHeaders.includes(name)) hpack.writeOnce(out, name, value);
      else hpack.write(out, name, value);
    }
  }

  #head(length: number, type: number, flags: number, streamId: number): Buffer {
    const out = this.#out;
    const bytes = out.room(headBytes + Math.min(length, defaultFrameBytes));
    bytes.writeUIntBE(length, out.at, 3);
    bytes[out.at + 3] = type;
    bytes[out.at + 4] = flags;
    bytes.writeUInt32BE(streamId, out.at + 5);
    out.at += headBytes;
    return bytes;
  }

  #raw(bytes: Uint8Array): void {
    const chunk = this.#out.room(bytes.length);
    chunk.set(bytes, this.#out.at);
    this.#out.at += bytes.length;
  }
}
