import { expect, it } from 'vitest';
import { notifyIdOf } from './notify-id.js';

it('is the same positive 32-bit number for the same key', () => {
  const ids = Array.from({ length: 1_000 }, (_, index) => notifyIdOf(`0190-${index}`));
  expect(ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 2_147_483_647)).toBe(true);
  expect(new Set(ids).size).toBe(1_000);
  // FNV-1a of the empty text, folded.
  expect(notifyIdOf('')).toBe((0x811c9dc5 % 2_147_483_647) + 1);
  expect(notifyIdOf('a')).toBe(notifyIdOf('a'));
});
