import { appSettingsSchema } from '@reveille/contracts/app/events';
import { expect, it } from 'vitest';
import { appChanges } from './app-changes.js';

const app = (name: string, more: object = {}) => appSettingsSchema.parse({ app: name, ...more });

it('says what is new, what differs and what is gone, and nothing else', () => {
  const known = [app('a'), app('b'), app('c', { ttlSeconds: 5 })];
  const wanted = [app('a'), app('c', { ttlSeconds: 6 }), app('d')];
  expect(appChanges(known, wanted).map(({ type, app: name }) => [type, name])).toEqual([
    ['app-configured', 'c'],
    ['app-configured', 'd'],
    ['app-removed', 'b'],
  ]);
  expect(appChanges(wanted, wanted)).toEqual([]);
});

it('does not mind the order of fields', () => {
  const settings = app('a', { vendors: { fcm: { credential: 'file:k', projectId: 'p' } } });
  const turned = Object.fromEntries(Object.entries(settings).reverse()) as typeof settings;
  expect(appChanges([settings], [turned])).toEqual([]);
});
