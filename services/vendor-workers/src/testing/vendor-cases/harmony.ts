import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

const receiptUser = 'receipts';
const receiptKey = Buffer.from('a key of the console').toString('base64');

export const harmonyCases: VendorCases = {
  phones: { harmony: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: true,
  badge: {},
  // Where no token of a request is valid the answer says no more than that.
  tokenGone: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80300007' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80300007' },
  tooLarge: {
    cause: { reason: '80300008' },
    outcome: { kind: 'rejected', reason: 'payload-too-large', vendorCode: '80300008' },
  },
  credentialExpired: {
    cause: { reason: '80200005' },
    outcome: { kind: 'deferred', reason: 'credential-expired', vendorCode: '80200005' },
  },
  throttledWithHint: {
    cause: { status: 503, retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { status: 503 },
    outcome: { kind: 'deferred', reason: 'throttled', vendorCode: 'http-503', retryAfterMs: null },
  },
  quota: {
    cause: { reason: '80300029' },
    outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'test: 80300029' },
  },
  unavailable: [{ reason: '81000001' }, { status: 500 }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80100000/noRight' },
    wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80100000/noRight' },
  },
  receipt: {
    settings: ({ town }) => {
      const file = join(town.folder, 'harmony-receipts.key');
      writeFileSync(file, `${receiptKey}\n`);
      return { receiptSignature: { userName: receiptUser, key: `file:${file}` } };
    },
    register: async ({ town, app }, url) => {
      await town.control.put('/harmony/receipts', {
        projectId: app.vendors.harmony?.projectId,
        url,
        user: receiptUser,
        key: receiptKey,
      });
    },
    status: 'delivered',
  },
  more: [
    { name: 'a call rings, and shows nothing', run: calls },
    { name: 'a malformed token and one of an Android phone are told apart', run: reasons },
    { name: 'a right to calls that is missing stops no alerts', run: rightToCalls },
  ],
};

async function calls(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  expect((await bench.send(phone.token, { strategy: 'voip' })).outcome.kind).toBe('accepted');
  const { notifications, calls: rung } = await bench.town.control.get<{
    notifications: unknown[];
    calls: unknown[];
  }>(`/phones/${phone.phoneId}/lock-screen`);
  expect(notifications).toEqual([]);
  expect(rung).toMatchObject([{ data: { title: 'Ann', body: 'Hello' } }]);
}

async function reasons(bench: CaseBench): Promise<void> {
  const [phone, android] = await Promise.all([bench.phone(), bench.town.phone(bench.app, 'huawei')]);
  expect(await bench.sendMany([phone.token, 'nonsense', android.token])).toMatchObject([
    { kind: 'accepted' },
    { kind: 'rejected', reason: 'token-malformed', vendorCode: '80100000/tokenFormatError' },
    { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80100000/tokenPlatformNotSupport' },
  ]);
}

async function rightToCalls(bench: CaseBench): Promise<void> {
  const [phone, other] = await Promise.all([bench.phone(), bench.phone()]);
  await bench.fault(phone, { reason: 'noPushTypeRight' });
  expect(await bench.sendMany([phone.token, other.token], { strategy: 'voip' })).toMatchObject([
    { kind: 'rejected', reason: 'category-refused', vendorCode: '80100000/noPushTypeRight' },
    { kind: 'accepted' },
  ]);
  expect((await bench.send(phone.token)).outcome.kind).toBe('accepted');
}
