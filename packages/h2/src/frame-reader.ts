import { ConnectionError, defaultFrameBytes, errorCode, headBytes } from './frames.js';

export type OnFrame = (type: number, flags: number, streamId: number, payload: Buffer) => void;

/** Cuts a connection's bytes into frames, wherever the network cut them. */
export class FrameReader {
  #rest: Buffer | null = null;

  constructor(private readonly onFrame: OnFrame) {}

  /** @throws ConnectionError */
  read(chunk: Buffer): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    let at = 0;
    while (bytes.length - at >= headBytes) {
      const length = bytes.readUIntBE(at, 3);
      if (length > defaultFrameBytes)
        throw new ConnectionError(errorCode.frameSize, 'a frame is longer than we allow');
      const end = at + headBytes + length;
      if (end > bytes.length) break;
      const streamId = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.onFrame(
        bytes[at + 3] as number,
        bytes[at + 4] as number,
        streamId,
        bytes.subarray(at + headBytes, end),
      );
      at = end;
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at);
  }
}

/** The content of a padded frame. @throws ConnectionError */
export function withoutPadding(payload: Buffer): Buffer {
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length)
    throw new ConnectionError(errorCode.protocol, 'a frame holds more padding than content');
  return payload.subarray(1, payload.length - padding);
}
