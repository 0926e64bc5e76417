import type { VendorLimits } from '../../vendor.js';

/** FCM's reference ("ErrorCode", "AndroidConfig"): 4096 bytes of keys and values, four weeks of storage. */
export const fcmLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 4096 },
  maxTtlSeconds: 2_419_200,
  maxCollapseBytes: 64,
  maxTargets: 1,
  // 600,000 a minute for a project.
  targetsPerSecond: 10_000,
};

/** FCM asks for this wait where a quota answer names none. */
export const quotaWithoutHintMs = 60_000;
