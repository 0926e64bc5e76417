import { expect, test } from 'vitest';
import type { AcceptedPush } from '../../push.js';
import { OrderedStorage } from '../ordered-storage.js';
import { DeviceQuotas } from '../device-quotas.js';
import { huaweiDefaults } from './huawei.switches.js';
import { readMessage } from './huawei.validate.js';

const click = { type: 3 };
const body = (message: object): string => JSON.stringify({ message });
const codeOf = (text: string): string => {
  const read = readMessage(text);
  return 'code' in read ? read.code : 'good';
};

test.each([
  ['a data message', { token: ['a'], data: 'x' }, 'good'],
  ['a notification', { token: ['a'], android: { notification: { click_action: click } } }, 'good'],
  ['no click action', { token: ['a'], android: { notification: {} } }, '80100001'],
  ['nobody', { data: 'x' }, '80300010'],
  ['an empty list', { token: [], data: 'x' }, '80300010'],
  ['two kinds of target', { token: ['a'], condition: "'a' in topics", data: 'x' }, '80100001'],
  ['a collapse key of 101', { token: ['a'], data: 'x', android: { collapse_key: 101 } }, '80100013'],
  ['a ttl of nothing', { token: ['a'], data: 'x', android: { ttl: '0' } }, '80100004'],
  ['nothing at all', { token: ['a'] }, '80100003'],
])('%s', (_name, message, code) => {
  expect(codeOf(body(message))).toBe(code);
});

test('the tokens do not count', () => {
  const tokens = Array.from({ length: 1_000 }, (_, at) => `token-${at}`);
  const frame = body({ token: [], data: '' }).length - 2;
  expect(codeOf(body({ token: tokens, data: 'x'.repeat(4_096 - frame) }))).toBe('good');
  expect(codeOf(body({ token: tokens, data: 'x'.repeat(4_097 - frame) }))).toBe('80300008');
});

test("android's words lie over the common ones", () => {
  const read = readMessage(
    body({
      token: ['a', 'a'],
      data: 'common',
      notification: { title: 'common', body: 'common' },
      android: {
        data: 'own',
        ttl: '60.5s',
        notification: {
          title: 'own',
          click_action: click,
          notify_id: -1,
          badge: { class: 'a.B', add_num: 2 },
        },
      },
    }),
  );
  expect(read).toMatchObject({
    tokens: ['a', 'a'],
    data: 'own',
    title: 'own',
    body: 'common',
    ttlSeconds: 60.5,
    notifyId: null,
    badge: { add: 2 },
    collapseKey: -1,
  });
});

const push = (vendorId: string, storageKey: string | null): AcceptedPush => ({
  vendorId,
  kind: 'notification',
  collapseId: null,
  tag: vendorId,
  title: null,
  body: null,
  badge: null,
  data: '{}',
  expiresAt: null,
  storageKey,
});

test('a group keeps its newest, the whole its newest 120, and what is revoked is gone', () => {
  const storage = new OrderedStorage(() => 3);
  storage.store(push('1', '7'));
  expect(storage.store(push('2', '7'))).toMatchObject([{ because: 'superseded', push: { vendorId: '1' } }]);
  storage.store(push('3', null));
  storage.store(push('4', null));
  expect(storage.store(push('5', null))).toMatchObject([
    { because: 'too-many-stored', push: { vendorId: '2' } },
  ]);
  storage.revoke('4');
  expect(storage.takeAll().pushes.map(({ vendorId }) => vendorId)).toEqual(['3', '5']);
  expect(storage.count).toBe(0);
});

test('a day of two marketing pushes ends at midnight in China', () => {
  const quotas = new DeviceQuotas({ ...huaweiDefaults });
  const evening = Date.UTC(2026, 10, 24, 15, 59, 59);
  expect([1, 2, 3].map(() => quotas.takeMarketing('a', false, evening))).toEqual([true, true, false]);
  expect(quotas.takeMarketing('a', true, evening)).toBe(true);
  expect(quotas.takeMarketing('b', false, evening)).toBe(true);
  expect(quotas.takeMarketing('a', false, evening + 1_000)).toBe(true);
});
