import { expect, it } from 'vitest';
import { fitText, utf16Units } from './fit-text.js';

it.each([
  ['as long as the limit', 'abcde', 5, 'abcde'],
  ['one over', 'abcdef', 5, 'abcd…'],
  ['a family of joined emoji stays whole', `ab👩‍👩‍👦`, 9, 'ab…'],
  ['a flag stays whole', '🇨🇳🇨🇳🇨🇳', 9, '🇨🇳🇨🇳…'],
  ['a combining mark stays with its letter', 'abce\u0301f', 5, 'abc…'],
  ['right to left', 'مرحبا بالعالم', 7, 'مرحبا…'],
  ['nothing fits', '👩‍👩‍👦👩‍👩‍👦', 5, ''],
])('%s', (_name, text, limit, expected) => {
  expect(fitText(text, limit, utf16Units)).toBe(expected);
});
