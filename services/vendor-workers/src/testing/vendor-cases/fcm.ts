import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const fcmCases: VendorCases = {
  phones: { android: { platform: 'android' }, ios: { platform: 'ios' }, web: { platform: 'web' } },
  namesAccepted: true,
  keptOffline: 'newest',
  hasSilent: true,
  badge: { platform: 'ios' },
  tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  tooLarge: {
    cause: { reason: 'INVALID_ARGUMENT' },
    outcome: { kind: 'rejected', reason: expect.stringMatching(/^payload-/) },
  },
  credentialExpired: {
    cause: { reason: 'ACCESS_TOKEN_EXPIRED' },
    outcome: { kind: 'deferred', reason: 'credential-expired' },
  },
  throttledWithHint: {
    cause: { reason: 'QUOTA_EXCEEDED', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: 'QUOTA_EXCEEDED' },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 60_000 },
  },
  quota: null,
  unavailable: [{ reason: 'INTERNAL' }, { reason: 'UNAVAILABLE' }],
  nonsense: { reason: 'HTML_502' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: { saysAfterError: false },
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
    wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  },
  receipt: null,
  more: [
    {
      name: 'alerts as data: the app is handed every one; what is no Android phone shows it as ever',
      run: alertsAsData,
    },
  ],
};

async function alertsAsData(bench: CaseBench): Promise<void> {
  const asData = bench.channelWith({ alerts: 'data', webLink: 'https://shop.example/' });
  const android = await bench.phone({ platform: 'android' });
  await bench.town.network(android, false);
  for (const content of ['1', '2', '3', '4', '5', '6']) await bench.send(android.token, { content }, asData);
  await bench.town.network(android, true);
  const { notifications, data } = await bench.town.screen(android.phoneId);
  expect(notifications).toEqual([]);
  expect(data.map((handed) => handed.data['body'])).toEqual(['1', '2', '3', '4', '5', '6']);
  for (const platform of ['ios', 'web']) {
    const other = await bench.phone({ platform });
    await bench.send(other.token, { content: 'seen' }, asData);
    const screen = await bench.town.screen(other.phoneId);
    expect(screen.notifications).toMatchObject([{ title: 'Ann', body: 'seen' }]);
  }
}
