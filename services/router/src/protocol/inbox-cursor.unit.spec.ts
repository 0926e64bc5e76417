import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readCursor, writeCursor } from './inbox-cursor.js';

it('is read back, and begins at the beginning without one', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (position) => {
      expect(readCursor(writeCursor(position))).toBe(position);
    }),
  );
  expect(readCursor(null)).toBe(0);
});

it.each([
  '',
  'x',
  '1',
  btoa('v1.-1'),
  btoa('v1.01'),
  btoa('v2.1'),
  btoa('v1.99999999999999999'),
  `${writeCursor(7)}=`,
  '%%%',
])('refuses %j', (cursor) => {
  expect(() => readCursor(cursor)).toThrow(expect.objectContaining({ code: 'cursor-invalid' }));
});
