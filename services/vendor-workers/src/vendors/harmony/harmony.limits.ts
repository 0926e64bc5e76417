import type { VendorLimits } from '../../vendor.js';

/** Push Kit's scenario-based API: 4096 bytes without the tokens, 15 days of storage, 1000 tokens; the rate is what every app may have. */
export const harmonyLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 4096 },
  maxTtlSeconds: 1_296_000,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  targetsPerSecond: 6000,
};

/** Test messages: of one request, and of a project in a day. */
export const testTargets = 10;
export const testPushesPerDay = 1000;
