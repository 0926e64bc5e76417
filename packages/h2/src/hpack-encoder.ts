import type { ByteWriter } from './byte-writer.js';
import { defaultTableBytes, HeaderTable, staticTable } from './header-table.js';

/** A header that HTTP does not allow. It names the header, never the value. */
export class HeaderFault extends Error {
  override readonly name = 'HeaderFault';
}

const staticFields = new Map(staticTable.map(({ name, value }, index) => [`${name}\n${value}`, index + 1]));
const staticNames = new Map<string, number>();
for (const [index, { name }] of staticTable.entries())
  if (!staticNames.has(name)) staticNames.set(name, index + 1);

/**
 * Writes the header blocks of one connection, in their order. A field that comes again is sent whole once and as one number from then
 * on; strings go as they are, since packing them costs more than the bytes that it saves.
 */
export class HpackEncoder {
  readonly #table = new HeaderTable();
  /** The number of the table's entry, by field. */
  readonly #entries = new Map<string, number>();
  #announced = defaultTableBytes;

  /** What the other end keeps at most; told to it at the start of the next block. */
  limitTable(bytes: number): void {
    this.#table.resize(Math.min(bytes, defaultTableBytes));
  }

  begin(out: ByteWriter): void {
    if (this.#announced === this.#table.limit) return;
    this.#announced = this.#table.limit;
    writeInteger(out, 0x20, 5, this.#announced);
  }

  /** A field that may come again. @throws HeaderFault before anything of it is written */
  write(out: ByteWriter, name: string, value: string): void {
    const field = `${name}\n${value}`;
    const known = staticFields.get(field) ?? this.#indexOf(field);
    if (known !== null) return writeInteger(out, 0x80, 7, known);
    check(name, value);
    if (this.#table.limit === 0) return this.#writeLiteral(out, 0x00, 4, name, value);
    this.#writeLiteral(out, 0x40, 6, name, value);
    if (this.#table.insert({ name, value })) this.#entries.set(field, this.#table.inserted);
    // Fields that were evicted are forgotten when there are many of them.
    if (this.#entries.size > 512)
      for (const [key, number] of this.#entries)
        if (this.#table.indexOf(number) === null) this.#entries.delete(key);
  }

  /** A field whose value no other request repeats, or that nobody on the way may keep: it stays out of every table. */
  writeOnce(out: ByteWriter, name: string, value: string): void {
    check(name, value);
    this.#writeLiteral(out, 0x10, 4, name, value);
  }

  #indexOf(field: string): number | null {
    const number = this.#entries.get(field);
    return number === undefined ? null : this.#table.indexOf(number);
  }

  #writeLiteral(out: ByteWriter, pattern: number, prefixBits: number, name: string, value: string): void {
    const index = staticNames.get(name) ?? 0;
    writeInteger(out, pattern, prefixBits, index);
    if (index === 0) writeString(out, name);
    writeString(out, value);
  }
}

function writeInteger(out: ByteWriter, pattern: number, prefixBits: number, value: number): void {
  const bytes = out.room(6);
  const most = (1 << prefixBits) - 1;
  if (value < most) {
    bytes[out.at++] = pattern | value;
    return;
  }
  bytes[out.at++] = pattern | most;
  let rest = value - most;
  for (; rest >= 0x80; rest >>>= 7) bytes[out.at++] = (rest & 0x7f) | 0x80;
  bytes[out.at++] = rest;
}

function writeString(out: ByteWriter, text: string): void {
  writeInteger(out, 0x00, 7, text.length);
  const bytes = out.room(text.length);
  // Short ones are cheaper by hand than across the border to native code.
  if (text.length > 64) bytes.write(text, out.at, 'latin1');
  else for (let index = 0; index < text.length; index += 1) bytes[out.at + index] = text.charCodeAt(index);
  out.at += text.length;
}

/** RFC 9113, 8.2.1, and what Latin-1 can hold. */
function check(name: string, value: string): void {
  if (name === '' || !/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
    throw new HeaderFault('a header name is not allowed');
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff)
      throw new HeaderFault(`the value of ${name} is not allowed`);
  }
}
