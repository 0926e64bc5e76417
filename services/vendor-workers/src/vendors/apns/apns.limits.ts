import type { VendorLimits } from '../../vendor.js';

/** Apple: "Sending notification requests to APNs" and "Generating a remote notification". */
export const apnsLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 5120 },
  maxTtlSeconds: 30 * 86_400,
  maxCollapseBytes: 64,
  maxTargets: 1,
  targetsPerSecond: null,
};

/** A token from a key is good for one hour, and one that is younger than 20 minutes must not be replaced on a connection. */
export const providerTokenRenewalMs = 50 * 60_000;
export const providerTokenMinimumRenewalMs = 20 * 60_000;
