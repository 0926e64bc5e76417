import { type AppChange, appDocumentSchema, appSettingsSchema } from '@reveille/contracts/app/events';
import { expect, it } from 'vitest';
import { configured, fileDecides, type KnownApp, removed, saysTheSame } from './app-changes.js';

const app = (more: object = {}) => appDocumentSchema.parse({ app: 'a', ...more });
const from = (road: AppChange['from']): AppChange => ({
  from: road,
  by: 'ana',
  because: null,
  restored: null,
});
const known = (more: Partial<KnownApp> = {}): KnownApp => ({
  app: 'a',
  settings: appSettingsSchema.parse({ app: 'a', revision: 3 }),
  revision: 3,
  change: from('file'),
  ...more,
});

it('does not mind the order of fields, nor what the log adds', () => {
  const document = app({ vendors: { fcm: { credential: 'file:k', projectId: 'p' } } });
  const turned = Object.fromEntries(Object.entries(document).reverse()) as typeof document;
  expect(saysTheSame(document, turned)).toBe(true);
  expect(saysTheSame(document, appSettingsSchema.parse({ ...document, revision: 9 }))).toBe(true);
  expect(saysTheSame(document, app())).toBe(false);
});

it('counts the revisions on, over a removal too', () => {
  expect(configured(null, app(), from('apply')).data).toMatchObject({ app: 'a', revision: 1 });
  expect(configured(known(), app({ ttlSeconds: 5 }), from('apply')).data).toMatchObject({
    revision: 4,
    ttlSeconds: 5,
    change: { by: 'ana' },
  });
  expect(removed(known(), from('apply')).data).toMatchObject({ app: 'a', revision: 4 });
  expect(configured(known({ settings: null, revision: 4 }), app(), from('apply')).data.revision).toBe(5);
});

it.each([
  ['while nobody else has spoken', known(), app(), [], true],
  ['before changes had authors', known({ change: null }), null, [], true],
  [
    'with something new after an operator',
    known({ change: from('apply') }),
    app({ ttlSeconds: 5 }),
    [app()],
    true,
  ],
  ['not with what stood before an operator came', known({ change: from('rollback') }), app(), [app()], false],
  ['not by leaving out what an operator has added', known({ change: from('apply') }), null, [app()], false],
])('the file has the last word %s', (_, of, said, before, expected) => {
  expect(fileDecides(of, said, before)).toBe(expected);
});
