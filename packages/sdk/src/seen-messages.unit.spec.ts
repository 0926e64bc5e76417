import { expect, it } from 'vitest';
import { SeenMessages } from './seen-messages.js';

it('knows an id again, and forgets the oldest first', () => {
  const seen = new SeenMessages(2);
  expect([seen.add('a'), seen.add('b'), seen.add('a')]).toEqual([true, true, false]);
  expect([seen.add('c'), seen.add('b'), seen.add('a')]).toEqual([true, false, true]);
});
