import type { PushNotification } from '@reveille/contracts/push/job';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const xiaomiCases: VendorCases = {
  phones: { xiaomi: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: false,
  badge: null,
  // Where no target of a request is valid Xiaomi says no more than that.
  tokenGone: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '20301' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app', vendorCode: '20301' },
  tooLarge: {
    cause: { reason: '65015' },
    outcome: { kind: 'rejected', reason: 'payload-too-large', vendorCode: '65015' },
  },
  // An AppSecret does not expire; one that is refused halts the app until its file has another.
  credentialExpired: {
    cause: { reason: '21301' },
    outcome: { kind: 'deferred', reason: 'credential-refused', vendorCode: '21301' },
  },
  throttledWithHint: {
    cause: { reason: '200002', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: '200002' },
    outcome: { kind: 'deferred', reason: 'throttled', vendorCode: '200002', retryAfterMs: null },
  },
  quota: {
    cause: { reason: '200001' },
    outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'private: 200001' },
  },
  unavailable: [{ reason: '10002' }, { status: 503 }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: 'bad_regids' },
    wrongApp: { kind: 'rejected', reason: 'token-unregistered', vendorCode: 'bad_regids' },
  },
  receipt: { status: 'delivered' },
  more: [{ name: "a public channel's day ends with its quota, and chat goes on", run: publicQuota }],
};

const marketing: Partial<PushNotification> = {
  resource: { resourcesId: 'sale', revision: 1, class: 'marketing', options: {} },
};

async function publicQuota(bench: CaseBench): Promise<void> {
  const set = (publicPerDay: number) => bench.town.control.put('/switches', { xiaomi: { publicPerDay } });
  const phone = await bench.phone();
  await set(1);
  expect((await bench.send(phone.token, marketing)).outcome.kind).toBe('accepted');
  expect((await bench.send(phone.token, marketing)).outcome).toMatchObject({
    kind: 'deferred',
    reason: 'quota-spent',
    vendorCode: 'public: 200001',
  });
  expect((await bench.send(phone.token)).outcome.kind).toBe('accepted');
  await set(10_000);
}
