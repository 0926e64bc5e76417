import { expect, test } from 'vitest';
import { repairScheme } from './repair-scheme.js';

/** A HEADERS frame around a header block, END_HEADERS set. */
function headers(block: readonly number[], flags = 0x4): Buffer {
  const frame = Buffer.from([0, 0, 0, 1, flags, 0, 0, 0, 1, ...block]);
  frame.writeUIntBE(block.length, 0, 3);
  return frame;
}

const text = (value: string): number[] => [value.length, ...Buffer.from(value)];
const huffmanDefect = [0x85, 0x9d, 0x29, 0xad, 0x17, 0x3f];
const methodPost = 0x83;
const path = [0x04, ...text('/v1/projects/p/messages:send')];

test.each([
  ['remembered, plain', [0x46, ...text('https:')], [0x46, ...text('https')]],
  ['remembered, Huffman', [0x46, ...huffmanDefect], [0x46, ...text('https')]],
  ['by the other index', [0x47, ...text('https:')], [0x47, ...text('https')]],
  ['not remembered', [0x06, ...text('https:')], [0x06, ...text('https')]],
  ['never indexed', [0x16, ...text('https:')], [0x16, ...text('https')]],
])('a scheme with a colon is mended: %s', (_name, wrong, right) => {
  expect(repairScheme(headers([methodPost, ...wrong, ...path]))).toEqual(
    headers([methodPost, ...right, ...path]),
  );
});

test.each([
  ['an indexed scheme', [methodPost, 0x87, ...path]],
  ['a right literal', [methodPost, 0x46, ...text('https'), ...path]],
  ['the same text under another name', [methodPost, 0x87, 0x00, ...text('x-note'), ...text('https:')]],
  ['a size update first', [0x20, methodPost, 0x87]],
  [
    'a long value before it',
    [methodPost, 0x00, ...text('x'), 0x7f, 0x80, 0x01, ...Buffer.alloc(255, 'y'), 0x87],
  ],
])('%s is left as it is', (_name, block) => {
  const frame = headers(block);
  expect(repairScheme(frame)).toBe(frame);
});

test('padding and priority lie outside the header block', () => {
  const padded = headers([2, 0, 0, 0, 0, 16, 0x46, ...text('https:'), 0, 0], 0x4 | 0x8 | 0x20);
  expect(repairScheme(padded)).toEqual(
    headers([2, 0, 0, 0, 0, 16, 0x46, ...text('https'), 0, 0], 0x4 | 0x8 | 0x20),
  );
});
