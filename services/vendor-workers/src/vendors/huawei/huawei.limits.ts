import type { VendorLimits } from '../../vendor.js';

/** Huawei's downlink message API: 4096 bytes without the tokens, 15 days of storage, 1000 tokens; the rate is what every app may have. */
export const huaweiLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 4096 },
  maxTtlSeconds: 1_296_000,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  targetsPerSecond: 6000,
};

/** Pushes that an app may send to test users in a day. */
export const testPushesPerDay = 500;
