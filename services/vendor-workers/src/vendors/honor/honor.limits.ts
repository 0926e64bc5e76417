import type { VendorLimits } from '../../vendor.js';

/** Honor's push standards name the rate and the 15 days; batch and size are those of the push service that Honor's came from. */
export const honorLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 4096 },
  maxTtlSeconds: 1_296_000,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  targetsPerSecond: 3000,
};

/** Pushes that an app may send to test users in a day. */
export const testPushesPerDay = 1000;
