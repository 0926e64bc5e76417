import { expect, it } from 'vitest';
import { laneOf, strategyOf } from './strategy-of.js';

it.each([
  ['', 'alert', 'normal'],
  ['alert', 'alert', 'normal'],
  ['silent', 'silent', 'normal'],
  ['voip', 'voip', 'urgent'],
  ['promo-2', 'alert', 'normal'],
] as const)('resourcesID %j is %s in lane %s', (id, strategy, lane) => {
  expect([strategyOf(id), laneOf(strategyOf(id))]).toEqual([strategy, lane]);
});
