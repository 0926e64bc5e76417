import { frameHeaderBytes } from './frame.js';

/**
 * Follows frame boundaries through a byte stream. Frames of the one wanted type are held until they are whole and go
 * through `rewrite`; everything else passes through uncopied.
 */
export class FrameWalker {
  #held: Buffer | null = null;
  #passing: number;

  constructor(
    private readonly wantedType: number,
    private readonly rewrite: (frame: Buffer) => Buffer,
    skipBytes = 0,
  ) {
    this.#passing = skipBytes;
  }

  /** True between two frames: only then may a frame of one's own be put on the wire. */
  get atBoundary(): boolean {
    return this.#passing === 0 && this.#held === null;
  }

  /** The bytes to forward for these bytes. */
  walk(chunk: Buffer): Buffer[] {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = null;
    const out: Buffer[] = [];
    let at = 0;
    let from = 0;
    while (at < bytes.length) {
      if (this.#passing > 0) {
        const step = Math.min(this.#passing, bytes.length - at);
        this.#passing -= step;
        at += step;
        continue;
      }
      const whole =
        bytes.length - at < frameHeaderBytes ? Infinity : frameHeaderBytes + bytes.readUIntBE(at, 3);
      if (whole !== Infinity && bytes[at + 3] !== this.wantedType) {
        this.#passing = whole;
        continue;
      }
      if (at > from) out.push(bytes.subarray(from, at));
      from = at;
      if (bytes.length - at < whole) {
        this.#held = bytes.subarray(at);
        return out;
      }
      out.push(this.rewrite(bytes.subarray(at, at + whole)));
      at += whole;
      from = at;
    }
    if (at > from) out.push(bytes.subarray(from, at));
    return out;
  }
}
