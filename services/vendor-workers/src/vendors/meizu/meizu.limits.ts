import type { VendorLimits } from '../../vendor.js';

/**
 * "PushAPI", Meizu's own page: 100 push ids a request (1000 in its older edition), three days of storage. It names no limit of
 * a message as a whole; this one keeps it within what is usual.
 */
export const meizuLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 0, voip: 0 },
  maxTtlSeconds: 259_200,
  maxCollapseBytes: 64,
  maxTargets: 100,
  targetsPerSecond: null,
};

export const maxTitleUnits = 32;
export const maxContentUnits = 100;
export const maxCallbackBytes = 128;
