const chunkBytes = 65_536;

/**
 * Bytes that wait to be written, one after the other. What was taken is never touched again, so it may lie in a socket's queue
 * while the rest of the chunk is being filled.
 */
export class ByteWriter {
  #chunk = Buffer.allocUnsafeSlow(chunkBytes);
  #from = 0;
  at = 0;

  /** The chunk with room for so many bytes behind `at`; earlier ones that were not taken are still in it. */
  room(bytes: number): Buffer {
    if (this.at + bytes > this.#chunk.length) {
      const waiting = this.at - this.#from;
      const next = Buffer.allocUnsafeSlow(Math.max(chunkBytes, waiting * 2, waiting + bytes));
      this.#chunk.copy(next, 0, this.#from, this.at);
      this.#chunk = next;
      this.#from = 0;
      this.at = waiting;
    }
    return this.#chunk;
  }

  get waiting(): number {
    return this.at - this.#from;
  }
  /** The place of what waits within the chunk: places behind it stay good until the next `room`. */
  get start(): number {
    return this.#from;
  }

  take(): Buffer {
    const taken = this.#chunk.subarray(this.#from, this.at);
    this.#from = this.at;
    return taken;
  }
}
