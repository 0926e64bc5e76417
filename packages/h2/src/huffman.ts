import { HpackError } from './hpack-error.js';

/** RFC 7541, appendix B: the length in bits of the code of each byte, and of the end of a string. The code is canonical. */
const codeLengths = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28,
  28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7,
  8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19,
  13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13,
  28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21,
  22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23,
  22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25,
  25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
];
const endOfString = 256;
const longestPaddingBits = 7;

/** Two slots per node, for a 0 and a 1: the next node, or `~symbol`. Slot 0 of the root is never a target. */
const tree = buildTree();

function buildTree(): Int16Array {
  const nodes = new Int16Array(2 * codeLengths.length);
  let used = 1;
  let code = 0;
  let length = 0;
  const byLength = codeLengths.map((bits, symbol) => ({ bits, symbol }));
  byLength.sort((a, b) => a.bits - b.bits || a.symbol - b.symbol);
  for (const { bits, symbol } of byLength) {
    code = (length === 0 ? 0 : code + 1) << (bits - length);
    length = bits;
    let node = 0;
    for (let bit = bits - 1; bit > 0; bit -= 1) {
      const slot = 2 * node + ((code >>> bit) & 1);
      if (nodes[slot] === 0) nodes[slot] = used++;
      node = nodes[slot] as number;
    }
    nodes[2 * node + (code & 1)] = ~symbol;
  }
  return nodes;
}

/** The text of a Huffman-coded string, byte by byte as Latin-1. @throws HpackError */
export function decodeHuffman(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let node = 0;
  let depth = 0;
  let isPadding = true;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] as number;
    for (let mask = 0x80; mask !== 0; mask >>= 1) {
      const isOne = (byte & mask) !== 0;
      const next = tree[2 * node + (isOne ? 1 : 0)] as number;
      depth += 1;
      isPadding = isPadding && isOne;
      if (next < 0) {
        if (~next === endOfString) throw new HpackError('a string holds its own end');
        text += String.fromCharCode(~next);
        node = 0;
        depth = 0;
        isPadding = true;
      } else node = next;
    }
  }
  if (depth > longestPaddingBits || !isPadding) throw new HpackError('a string ends within a code');
  return text;
}
