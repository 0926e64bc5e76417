import type { PushNotification } from '@reveille/contracts/push/job';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const honorCases: VendorCases = {
  phones: { honor: {} },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: true,
  badge: null,
  tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: 'expireTokens' },
  // Honor does not say why a token fails, so nothing is concluded from it.
  wrongApp: { kind: 'rejected', reason: 'unclassified', vendorCode: 'failTokens' },
  // Nor does it have a word of its own for this.
  tooLarge: {
    cause: { reason: '400' },
    outcome: { kind: 'rejected', reason: expect.stringMatching(/^payload-/) },
  },
  credentialExpired: {
    cause: { reason: '401' },
    outcome: { kind: 'deferred', reason: 'credential-expired', vendorCode: 'http-401: 401' },
  },
  throttledWithHint: {
    cause: { reason: '429', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: '429' },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: null },
  },
  quota: null,
  unavailable: [{ reason: '500' }, { reason: '503' }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway</html>' },
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered', vendorCode: 'expireTokens' },
    wrongApp: { kind: 'rejected', reason: 'unclassified', vendorCode: 'failTokens' },
  },
  receipt: {
    register: async ({ town, app }, url) => {
      await town.control.put('/honor/receipts', { appId: app.vendors.honor?.appId, url });
    },
    status: 'delivered',
  },
  more: [
    { name: 'every success that sources have is one', run: successes },
    { name: 'the number on the icon is set and counted', run: badges },
    { name: 'a third marketing push of the day is taken and not shown, chat is', run: marketing },
  ],
};

async function successes(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  for (const saysSendResult of [true, false])
    for (const successCode of [200, 0, 80_000_000, 12_200_000]) {
      await bench.town.control.put('/switches', { honor: { successCode, saysSendResult } });
      expect((await bench.send(phone.token)).outcome.kind).toBe('accepted');
    }
  await bench.town.control.put('/switches', { honor: { successCode: 200, saysSendResult: true } });
}

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

async function marketing(bench: CaseBench): Promise<void> {
  const phone = await bench.phone();
  const sale: Partial<PushNotification> = {
    resource: { resourcesId: 'sale', revision: 1, class: 'marketing', options: {} },
  };
  for (const content of ['1', '2', '3']) await bench.send(phone.token, { ...sale, content });
  await bench.send(phone.token, { content: 'chat' });
  const { notifications } = await bench.town.screen(phone.phoneId);
  expect(notifications.map(({ body }) => body)).toEqual(['1', '2', 'chat']);
}
