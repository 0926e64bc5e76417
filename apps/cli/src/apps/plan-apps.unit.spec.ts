import { appDocumentSchema } from '@reveille/contracts/app/events';
import { expect, it } from 'vitest';
import type { AppRevision } from './app-log.js';
import { planApps, printPlans } from './plan-apps.js';

const nkey = `U${'A'.repeat(55)}`;
const document = (app: string, more: object = {}) => appDocumentSchema.parse({ app, ...more });
const known = (app: string, revision: number, more: object | null = {}): AppRevision => ({
  app,
  revision,
  at: 1,
  change: null,
  document: more === null ? null : document(app, more),
});

it('plans what is new, what changes, what stays and, if it is wanted, what goes', () => {
  const there = [known('a', 3), known('b', 2), known('c', 5), known('gone', 4, null)];
  const wanted = [document('a'), document('b', { ttlSeconds: 5 }), document('d'), document('gone')];
  const plan = (prunes: boolean) =>
    planApps(there, wanted, prunes).map(({ app, kind, seen }) => [app, kind, seen]);
  const kept = [
    ['a', 'same', 3],
    ['b', 'change', 2],
    ['d', 'new', null],
    ['gone', 'new', null],
  ];
  expect(plan(false)).toEqual(kept);
  expect(plan(true)).toEqual([...kept, ['c', 'remove', 5]]);
});

it('prints an app a paragraph, and what is left to do by hand', () => {
  const wanted = [
    document('a', { ttlSeconds: 5 }),
    document('chat', { live: 'platform', platformNkey: nkey }),
  ];
  expect(printPlans(planApps([known('a', 3), known('c', 5)], wanted, true))).toBe(
    [
      'app a changes from revision 3',
      '  ~ ttlSeconds: 86400 → 5',
      'app chat is new',
      '  ! its platform has a new key: generate nats.conf anew and reload it before the platform connects',
      'app c is removed',
    ].join('\n'),
  );
});
