import { defaultTableBytes, HeaderTable, type HeaderField } from './header-table.js';
import { HpackError } from './hpack-error.js';
import { decodeHuffman } from './huffman.js';

/** More than any vendor says, and little enough not to hurt. */
const maxListBytes = 65_536;

/** Reads the header blocks of one connection, in their order. */
export class HpackDecoder {
  readonly #table = new HeaderTable();
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Every field of a whole block. @throws HpackError, after which nothing of the connection can be read any more */
  decode(block: Buffer, onField: (name: string, value: string) => void): void {
    this.#block = block;
    this.#at = 0;
    let bytes = 0;
    let isFirst = true;
    while (this.#at < block.length) {
      const field = this.#next(isFirst);
      if (field === null) continue;
      isFirst = false;
      bytes += field.name.length + field.value.length;
      if (bytes > maxListBytes) throw new HpackError('more headers than anybody sends');
      onField(field.name, field.value);
    }
  }

  #next(mayResize: boolean): HeaderField | null {
    const first = this.#block[this.#at] as number;
    if ((first & 0x80) !== 0) {
      const field = this.#table.at(this.#integer(7));
      if (field === null) throw new HpackError('an index leads nowhere');
      return field;
    }
    if ((first & 0x40) !== 0) {
      const field = this.#literal(6);
      this.#table.insert(field);
      return field;
    }
    if ((first & 0x20) === 0) return this.#literal(4);
    const limit = this.#integer(5);
    if (!mayResize || limit > defaultTableBytes) throw new HpackError('a table size that was not agreed on');
    this.#table.resize(limit);
    return null;
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#integer(prefixBits);
    const known = index === 0 ? this.#string() : this.#table.at(index)?.name;
    if (known === undefined) throw new HpackError('a name leads nowhere');
    return { name: known, value: this.#string() };
  }

  /** RFC 7541, 5.1. */
  #integer(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    let value = this.#byte() & most;
    if (value < most) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new HpackError('a number without an end');
  }

  #string(): string {
    const isHuffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const from = this.#at;
    const to = from + length;
    if (to > this.#block.length) throw new HpackError('a string is longer than its block');
    this.#at = to;
    return isHuffman ? decodeHuffman(this.#block, from, to) : this.#block.toString('latin1', from, to);
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new HpackError('a block ends too early');
    this.#at += 1;
    return byte;
  }
}
