import { frameHeaderBytes, headersFlag } from './frame.js';

const plainDefect = Buffer.from('https:');
/** `https:` in HPACK's Huffman code (RFC 7541, appendix B). */
const huffmanDefect = Buffer.from([0x9d, 0x29, 0xad, 0x17, 0x3f]);
const repairedValue = Buffer.concat([Buffer.from([5]), Buffer.from('https')]);

/** Indices of `:scheme` in HPACK's static table (RFC 7541, appendix A). */
const schemeNames: readonly number[] = [6, 7];

interface Cursor {
  readonly block: Buffer;
  at: number;
}

function readInteger(cursor: Cursor, prefixBits: number): number {
  const mask = (1 << prefixBits) - 1;
  let value = (cursor.block[cursor.at++] ?? 0) & mask;
  if (value < mask) return value;
  for (let shift = 0; cursor.at < cursor.block.length; shift += 7) {
    const byte = cursor.block[cursor.at++] ?? 0;
    value += (byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) break;
  }
  return value;
}

function skipString(cursor: Cursor): { start: number; value: Buffer } {
  const start = cursor.at;
  const length = readInteger(cursor, 7);
  const value = cursor.block.subarray(cursor.at, cursor.at + length);
  cursor.at += length;
  return { start, value };
}

/** Where the bytes of a `https:` scheme value lie in a header block, length prefix included; null when there is none. */
function findDefect(block: Buffer): { start: number; end: number } | null {
  const cursor: Cursor = { block, at: 0 };
  while (cursor.at < block.length) {
    const first = block[cursor.at] ?? 0;
    if ((first & 0x80) !== 0) {
      readInteger(cursor, 7);
      continue;
    }
    if ((first & 0xe0) === 0x20) {
      readInteger(cursor, 5);
      continue;
    }
    const name = readInteger(cursor, (first & 0x40) !== 0 ? 6 : 4);
    if (name === 0) skipString(cursor);
    const { start, value } = skipString(cursor);
    if (!schemeNames.includes(name)) continue;
    if (value.equals(plainDefect) || value.equals(huffmanDefect)) return { start, end: cursor.at };
  }
  return null;
}

/**
 * Google's servers take the `:scheme` value `https:` (with its colon) that firebase-admin sends, nghttp2 resets such a
 * stream. This gives the HEADERS frame back with the value mended, or the same frame when it was right.
 *
 * The decoder's dynamic table then holds an entry that is one byte shorter than the encoder's. That only lets it keep
 * entries longer than the encoder does, and entries are numbered from the newest, so no index shifts.
 */
export function repairScheme(frame: Buffer): Buffer {
  const flags = frame[4] ?? 0;
  const padded = (flags & headersFlag.padded) !== 0;
  const start = frameHeaderBytes + (padded ? 1 : 0) + ((flags & headersFlag.priority) !== 0 ? 5 : 0);
  const end = frame.length - (padded ? (frame[frameHeaderBytes] ?? 0) : 0);
  const defect = findDefect(frame.subarray(start, end));
  if (defect === null) return frame;
  const mended = Buffer.concat([
    frame.subarray(0, start + defect.start),
    repairedValue,
    frame.subarray(start + defect.end),
  ]);
  mended.writeUIntBE(mended.length - frameHeaderBytes, 0, 3);
  return mended;
}
