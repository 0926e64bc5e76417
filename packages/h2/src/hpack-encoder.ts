import type { ByteWriter } from './byte-writer.js';
import { defaultTableBytes, HeaderTable, staticTable } from './header-table.js';

/** A header that HTTP does not allow. It names the header, never the value. */
export class HeaderFault extends Error {
  override readonly name = 'HeaderFault';
}

/** Of each name its values. Not one map over both together: that text would be made, and hashed, for every field of every request. */
type Fields = Map<string, Map<string, number>>;

const staticFields: Fields = new Map();
const staticNames = new Map<string, number>();
for (const [index, { name, value }] of staticTable.entries()) {
  if (!staticNames.has(name)) staticNames.set(name, index + 1);
  put(staticFields, name, value, index + 1);
}
/** Names that were found right: they are few, and come with every request. */
const goodNames = new Set<string>();
const mostGoodNames = 256;

/**
 * Writes the header blocks of one connection, in their order. A field that comes again is sent whole once and as one number from then
 * on; strings go as they are, since packing them costs more than the bytes that it saves.
 */
export class HpackEncoder {
  readonly #table = new HeaderTable();
  /** The number of the table's entry, by field. */
  readonly #entries: Fields = new Map();
  #entryCount = 0;
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
    const known = staticFields.get(name)?.get(value) ?? this.#indexOf(name, value);
    if (known !== null) return writeInteger(out, 0x80, 7, known);
    check(name, value);
    if (this.#table.limit === 0) return this.#writeLiteral(out, 0x00, 4, name, value);
    this.#writeLiteral(out, 0x40, 6, name, value);
    if (!this.#table.insert({ name, value })) return;
    put(this.#entries, name, value, this.#table.inserted);
    this.#entryCount += 1;
    if (this.#entryCount > 512) this.#forgetEvicted();
  }

  /** A field whose value no other request repeats, or that nobody on the way may keep: it stays out of every table. */
  writeOnce(out: ByteWriter, name: string, value: string): void {
    check(name, value);
    this.#writeLiteral(out, 0x10, 4, name, value);
  }

  #indexOf(name: string, value: string): number | null {
    const number = this.#entries.get(name)?.get(value);
    return number === undefined ? null : this.#table.indexOf(number);
  }

  /** Fields that were evicted are forgotten when there are many of them. */
  #forgetEvicted(): void {
    this.#entryCount = 0;
    for (const [name, values] of this.#entries) {
      for (const [value, number] of values) if (this.#table.indexOf(number) === null) values.delete(value);
      this.#entryCount += values.size;
      if (values.size === 0) this.#entries.delete(name);
    }
  }

  #writeLiteral(out: ByteWriter, pattern: number, prefixBits: number, name: string, value: string): void {
    const index = staticNames.get(name) ?? 0;
    writeInteger(out, pattern, prefixBits, index);
    if (index === 0) writeString(out, name);
    writeString(out, value);
  }
}

function put(fields: Fields, name: string, value: string, number: number): void {
  const values = fields.get(name) ?? new Map<string, number>();
  values.set(value, number);
  fields.set(name, values);
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
  if (!goodNames.has(name)) {
    if (name === '' || !/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name))
      throw new HeaderFault('a header name is not allowed');
    if (goodNames.size < mostGoodNames) goodNames.add(name);
  }
  for (let index = 0; index < value.length; index += 1) {
    const code = value.charCodeAt(index);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f || code > 0xff)
      throw new HeaderFault(`the value of ${name} is not allowed`);
  }
}
