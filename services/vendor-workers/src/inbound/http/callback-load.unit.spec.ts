import { expect, it } from 'vitest';
import { CallbackLoad } from './callback-load.js';

it('takes 32 at once', () => {
  const load = new CallbackLoad();
  const ends = Array.from({ length: 32 }, () => load.begin(1));
  expect(() => load.begin(1)).toThrow(/no more callbacks/);
  ends[0]?.();
  expect(() => load.begin(1)).not.toThrow();
});

it('takes 500 a second', () => {
  const load = new CallbackLoad();
  for (let index = 0; index < 500; index += 1) load.begin(5_000)();
  expect(() => load.begin(5_999)).toThrow(/no more callbacks/);
  expect(() => load.begin(6_000)).not.toThrow();
});
