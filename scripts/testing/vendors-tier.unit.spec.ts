import { expect, it } from 'vitest';
import { tableOf } from './vendors-tier.ts';

it('tells apart what a vendor does not have, what was skipped and what is another one’s own', () => {
  const of = (vendor: string, title: string, status: string, lacks: string | null = null) => ({
    ancestorTitles: [vendor, 'group'],
    title,
    status,
    meta: { lacks },
  });
  const table = tableOf([
    of('one', 'accepted', 'passed'),
    of('two', 'accepted', 'failed'),
    of('one', 'quota', 'skipped', 'it has none'),
    of('two', 'quota', 'skipped'),
    of('one', 'its own', 'passed'),
    { ancestorTitles: [], title: 'of nobody', status: 'passed' },
  ]);
  expect(table.split('\n')).toEqual([
    '',
    'case      one  two',
    'accepted  ok   FAILED',
    'quota     -    SKIPPED',
    'its own   ok',
    '',
    '- quota: one: it has none',
    'SKIPPED quota: two: the spec gives no reason',
    '',
  ]);
});
