import { expect, test } from 'vitest';
import type { AcceptedPush } from '../push.js';
import { FcmStorage } from './fcm/fcm.storage.js';
import { LatestStorage } from './latest-storage.js';
import { OrderedStorage } from './ordered-storage.js';

const push = (vendorId: string, storageKey: string | null): AcceptedPush => ({
  vendorId,
  storageKey,
  kind: 'notification',
  collapseId: null,
  tag: null,
  title: null,
  body: null,
  badge: null,
  data: '{}',
  expiresAt: null,
});
const ids = (pushes: readonly AcceptedPush[]): string[] => pushes.map(({ vendorId }) => vendorId);

test('APNs keeps the latest of each topic', () => {
  const storage = new LatestStorage();
  expect(storage.store(push('1', 'app'))).toEqual([]);
  expect(storage.store(push('2', 'app'))).toMatchObject([{ push: { vendorId: '1' }, because: 'superseded' }]);
  storage.store(push('3', 'app.voip'));
  expect(ids(storage.takeAll().pushes)).toEqual(['2', '3']);
  expect(storage.count).toBe(0);
});

test('FCM keeps four collapse keys, the oldest goes', () => {
  const storage = new FcmStorage();
  for (const key of ['a', 'b', 'c', 'd']) storage.store(push(key, key));
  storage.store(push('a2', 'a'));
  expect(storage.store(push('e', 'e'))).toMatchObject([
    { push: { vendorId: 'b' }, because: 'too-many-collapse-keys' },
  ]);
  expect(ids(storage.takeAll().pushes).sort()).toEqual(['a2', 'c', 'd', 'e']);
});

test('FCM throws all plain messages away with the 101st and tells it once', () => {
  const storage = new FcmStorage();
  for (let at = 0; at < 100; at++) expect(storage.store(push(String(at), null))).toEqual([]);
  storage.store(push('keyed', 'k'));
  expect(storage.store(push('100', null))).toHaveLength(101);
  expect(storage.takeAll()).toMatchObject({ hasOverflowed: true, pushes: [{ vendorId: 'keyed' }] });
  expect(storage.takeAll()).toEqual({ hasOverflowed: false, pushes: [] });
});

test('a vendor without keys keeps everything, in its order', () => {
  const storage = new OrderedStorage();
  for (const id of ['1', '2', '3']) expect(storage.store(push(id, null))).toEqual([]);
  expect(storage.count).toBe(3);
  expect(ids(storage.takeAll().pushes)).toEqual(['1', '2', '3']);
  expect(storage.count).toBe(0);
});
