import { expect, it } from 'vitest';
import { conversationKeyOf } from './conversation-key.js';

const key = (sender: string, ...recipients: string[]) =>
  conversationKeyOf(sender, recipients, (text) => text);

it('is the same in both directions and in any order', () => {
  expect(key('ana', 'bob')).toBe(key('bob', 'ana'));
  expect(key('ana', 'bob', 'cy')).toBe(key('cy', 'ana', 'bob', 'bob'));
});

it('is another for other people, however their names are put together', () => {
  expect(key('a', 'bc')).not.toBe(key('ab', 'c'));
  expect(key('ana', 'bob')).not.toBe(key('ana', 'bob', 'cy'));
  expect(key('ana')).toBe(key('ana', 'ana'));
});
