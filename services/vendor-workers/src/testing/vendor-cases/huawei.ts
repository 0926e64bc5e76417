import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PushNotification } from '@reveille/contracts/push/job';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

const receiptUser = 'receipts';
const receiptKey = Buffer.from('a key of the console').toString('base64');

export const huaweiCases: VendorCases = {
  phones: { huawei: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: true,
  badge: null,
  // Where no token of a request is valid Huawei says no more than that.
  tokenGone: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80300007' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '80300007' },
  tooLarge: {
    cause: { reason: '80300008' },
    outcome: { kind: 'rejected', reason: 'payload-too-large', vendorCode: '80300008' },
  },
  credentialExpired: {
    cause: { reason: '80200003' },
    outcome: { kind: 'deferred', reason: 'credential-expired', vendorCode: '80200003' },
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
    tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '80100000' },
    wrongApp: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '80100000' },
  },
  receipt: {
    settings: ({ town }) => {
      const file = join(town.folder, 'huawei-receipts.key');
      writeFileSync(file, `${receiptKey}\n`);
      return { receiptSignature: { userName: receiptUser, key: `file:${file}` } };
    },
    register: async ({ town, app }, url) => {
      await town.control.put('/huawei/receipts', {
        appId: app.vendors.huawei?.appId,
        url,
        user: receiptUser,
        key: receiptKey,
      });
    },
    status: 'delivered',
  },
  more: [
    { name: 'the number on the icon is set and counted', run: badges },
    { name: 'v2 names the project', run: overV2 },
    { name: 'a high silent push needs a right', run: highData },
  ],
};

async function badges(bench: CaseBench): Promise<void> {
  const counted = bench.channelWith({ badgeClass: 'org.shop.Main' });
  const phone = await bench.phone();
  const badgeAfter = async (more: Partial<PushNotification>): Promise<number | null> => {
    await bench.send(phone.token, more, counted);
    return (await bench.town.screen(phone.phoneId)).badge;
  };
  expect(await badgeAfter({ badge: 7 })).toBe(7);
  expect(await badgeAfter({ badgeIncrement: 2 })).toBe(9);
  expect(await badgeAfter({})).toBe(9);
}

async function overV2(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  const { outcome } = await bench.send(phone.token, {}, bench.channelWith({ api: 'v2' }));
  expect(outcome.kind).toBe('accepted');
  const strange = bench.channelWith({ api: 'v2', projectId: '1' });
  expect((await bench.send(phone.token, {}, strange)).outcome).toMatchObject({
    kind: 'deferred',
    reason: 'credential-refused',
    vendorCode: '80300002',
  });
}

async function highData(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  const high = bench.channelWith({ highPriorityData: true });
  expect((await bench.send(phone.token, { strategy: 'silent' }, high)).outcome).toMatchObject({
    kind: 'rejected',
    reason: 'category-refused',
    vendorCode: '80300011',
  });
}
