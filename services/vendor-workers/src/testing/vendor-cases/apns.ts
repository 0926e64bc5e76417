import type { VendorCases } from './vendor-cases.js';

export const apnsCases: VendorCases = {
  phones: { ios: {} },
  namesAccepted: true,
  keptOffline: 'newest',
  hasSilent: true,
  badge: {},
  tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
  wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  tooLarge: {
    cause: { reason: 'PayloadTooLarge' },
    outcome: { kind: 'rejected', reason: 'payload-too-large' },
  },
  credentialExpired: {
    cause: { reason: 'ExpiredProviderToken' },
    outcome: { kind: 'deferred', reason: 'credential-expired' },
  },
  throttledWithHint: {
    cause: { reason: 'TooManyRequests', retryAfterSeconds: 2 },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: 2_000 },
  },
  throttled: {
    cause: { reason: 'TooManyRequests' },
    outcome: { kind: 'deferred', reason: 'throttled', retryAfterMs: null },
  },
  quota: null,
  unavailable: [{ reason: 'InternalServerError' }, { reason: 'ServiceUnavailable' }],
  nonsense: null,
  addressedTo: (endpoint) => ({ endpoint }),
  goaway: { saysAfterError: true },
  inBatch: {
    tokenGone: { kind: 'rejected', reason: 'token-unregistered' },
    wrongApp: { kind: 'rejected', reason: 'token-wrong-app' },
  },
  receipt: null,
  more: [],
};
