import type { PushNotification } from '@reveille/contracts/push/job';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const meizuCases: VendorCases = {
  phones: { meizu: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: false,
  badge: null,
  tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '110002' },
  wrongApp: { kind: 'rejected', reason: 'token-malformed', vendorCode: '110003' },
  // Meizu has one code for a field that is missing, wrong or too long.
  tooLarge: {
    cause: { reason: '1005' },
    outcome: { kind: 'rejected', reason: 'payload-invalid', vendorCode: '1005' },
  },
  // An AppSecret does not expire; one that is refused halts the app until its file has another.
  credentialExpired: {
    cause: { reason: '1006' },
    outcome: { kind: 'deferred', reason: 'credential-refused', vendorCode: '1006' },
  },
  throttledWithHint: {
    cause: { reason: '110010', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: '110010' },
    outcome: { kind: 'deferred', reason: 'throttled', vendorCode: '110010', retryAfterMs: null },
  },
  quota: {
    cause: { reason: '110051' },
    outcome: { kind: 'deferred', reason: 'quota-spent', vendorCode: 'public: 110051' },
  },
  unavailable: [{ reason: '1001' }, { status: 503 }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: '110002' },
    wrongApp: { kind: 'rejected', reason: 'token-malformed', vendorCode: '110003' },
  },
  receipt: {
    register: async (bench, url) => {
      await bench.town.control.put(`/meizu/apps/${bench.app.vendors.meizu?.appId}/callbacks`, {
        urls: [url],
      });
    },
    settings: () => ({ receiptsRegistered: true }),
    status: 'delivered',
  },
  more: [
    {
      name: 'a phone that has had its public messages of the day is spared, and chat goes on',
      run: dailyCap,
    },
  ],
};

const marketing: Partial<PushNotification> = {
  resource: { resourcesId: 'sale', revision: 1, class: 'marketing', options: {} },
};

async function dailyCap(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  for (const _message of [1, 2, 3]) await bench.send(phone.token, marketing);
  expect((await bench.send(phone.token, marketing)).outcome).toMatchObject({
    kind: 'rejected',
    reason: 'recipient-muted',
    vendorCode: '110011',
  });
  expect((await bench.send(phone.token)).outcome.kind).toBe('accepted');
}
