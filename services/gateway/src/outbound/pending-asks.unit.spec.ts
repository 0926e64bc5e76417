import { fixedClock } from '@reveille/chassis/testing/fixed-clock';
import { expect, it } from 'vitest';
import { PendingAsks } from './pending-asks.js';

const one = () => undefined;
const another = () => undefined;

it('gives every ask of a message for a device, once', () => {
  const clock = fixedClock();
  const asks = new PendingAsks(clock);
  asks.add('a', 'm', 'd', clock.now() + 100, one);
  asks.add('a', 'm', 'd', clock.now() + 100, another);
  expect(asks.take('a', 'm', 'other')).toEqual([]);
  expect(asks.take('b', 'm', 'd')).toEqual([]);
  expect(asks.take('a', 'm', 'd')).toEqual([one, another]);
  expect(asks.take('a', 'm', 'd')).toEqual([]);
});

it('forgets what nobody waits for; an ask that came again waits anew', () => {
  const clock = fixedClock();
  const asks = new PendingAsks(clock);
  asks.add('a', 'm1', 'd', clock.now() + 100, one);
  asks.add('a', 'm2', 'd', clock.now() + 100, one);
  clock.advance(60);
  asks.add('a', 'm1', 'd', clock.now() + 100, another);
  clock.advance(60);
  asks.sweep();
  expect(asks.size).toBe(1);
  expect(asks.take('a', 'm1', 'd')).toEqual([one, another]);
  asks.add('a', 'm3', 'd', clock.now() + 100, one);
  clock.advance(100);
  expect(asks.take('a', 'm3', 'd')).toEqual([]);
});

it('forgets everything when the right to answer is gone', () => {
  const asks = new PendingAsks(fixedClock());
  asks.add('a', 'm', 'd', Number.MAX_SAFE_INTEGER, one);
  asks.clear();
  expect(asks.take('a', 'm', 'd')).toEqual([]);
});
