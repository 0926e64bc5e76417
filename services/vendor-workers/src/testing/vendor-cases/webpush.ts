import { webpushSubscriptionSchema } from '@reveille/contracts/vendors/webpush';
import { expect } from 'vitest';
import type { CaseBench, VendorCases } from './vendor-cases.js';

export const webpushCases: VendorCases = {
  phones: {
    chrome: { service: 'google' },
    firefox: { service: 'mozilla' },
    safari: { service: 'apple' },
    edge: { service: 'microsoft' },
    other: { service: 'rfc' },
  },
  namesAccepted: true,
  keptOffline: 'all',
  hasSilent: false,
  badge: {},
  tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  tooLarge: {
    cause: { reason: 'too-large' },
    outcome: { kind: 'rejected', reason: 'payload-too-large' },
  },
  credentialExpired: {
    cause: { reason: 'bad-vapid' },
    outcome: { kind: 'deferred', reason: 'credential-refused' },
  },
  throttledWithHint: {
    cause: { reason: 'throttled', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: 'throttled' },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: null },
  },
  quota: null,
  unavailable: [{ reason: 'internal' }, { reason: 'unavailable' }],
  nonsense: { kind: 'nonsense', status: 502, body: '<html>Bad gateway' },
  addressedTo: () => ({}),
  tokenAt: (token, origin) => {
    const subscription = webpushSubscriptionSchema.parse(JSON.parse(token));
    return JSON.stringify({ ...subscription, endpoint: `${origin}/s/1` });
  },
  goaway: null,
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
    wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  },
  receipt: null,
  more: [
    { name: 'many pushes go out with one VAPID token', run: oneVapidToken },
    { name: 'a subscription does not lead into a private network', run: stayOutside },
    { name: 'every service refuses in its own words', run: ownWords },
  ],
};

interface VapidUse {
  readonly publicKey: string;
  readonly tokens: number;
  readonly requests: number;
}

async function oneVapidToken(bench: CaseBench): Promise<void> {
  const phones = await Promise.all([bench.phone({ service: 'apple' }), bench.phone({ service: 'rfc' })]);
  const use = async () => {
    const all = await bench.town.control.get<{ vapidTokens: VapidUse[] }>('/webpush/vapid-tokens');
    return all.vapidTokens.reduce(
      (sum, { tokens, requests }) => ({ tokens: sum.tokens + tokens, requests: sum.requests + requests }),
      { tokens: 0, requests: 0 },
    );
  };
  await bench.send(phones[0].token);
  const before = await use();
  for (const { token } of [...phones, ...phones]) await bench.send(token);
  expect(await use()).toEqual({ tokens: before.tokens, requests: before.requests + 4 });
}

async function stayOutside(bench: CaseBench): Promise<void> {
  const { token } = await bench.phone();
  const wary = bench.channelWith({ allowPrivateEndpoints: false });
  const { outcome } = await bench.send(token, {}, wary);
  expect(outcome).toMatchObject({
    kind: 'rejected',
    reason: 'payload-invalid',
    vendorCode: 'endpoint is an address',
  });
  expect(await bench.town.ledger(token)).toEqual([]);
}

async function ownWords(bench: CaseBench): Promise<void> {
  const said = async (service: string, fault: string) => {
    const phone = await bench.phone({ service });
    await bench.fault(phone, { reason: fault });
    const { outcome } = await bench.send(phone.token);
    return 'reason' in outcome ? [outcome.reason, outcome.vendorCode] : [outcome.kind];
  };
  expect(await said('mozilla', 'gone')).toEqual(['token-unregistered', 'errno-106']);
  expect(await said('mozilla', 'unavailable')).toEqual(['vendor-unavailable', 'errno-202']);
  expect(await said('mozilla', 'vapid-mismatch')).toEqual(['vendor-unavailable', 'errno-109']);
  expect(await said('apple', 'vapid-mismatch')).toEqual(['token-wrong-app', 'VapidPkHashMismatch']);
  expect(await said('apple', 'bad-vapid')).toEqual(['credential-refused', 'BadJwtToken']);
  expect(await said('microsoft', 'throttled')).toEqual(['throttled', 'http-406']);
  expect(await said('google', 'missing-vapid')).toEqual(['credential-refused', 'UnauthorizedRegistration']);
  expect(await said('google', 'vapid-mismatch')).toEqual(['token-wrong-app', 'http-403']);
  expect(await said('rfc', 'gone')).toEqual(['token-unregistered', 'http-404']);
}
