import type { VendorLimits } from '../../vendor.js';

/** RFC 8291, 4: 4096 bytes are a header of 86, the text, a delimiter of 1 and a tag of 16. */
export const maxPlaintextBytes = 3993;

/** RFC 8030: a push service takes bodies of 4096 bytes, and topics of 32 characters. Google stores for four weeks, others for 30 days. */
export const webpushLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 4096, voip: 4096 },
  maxTtlSeconds: 2_419_200,
  maxCollapseBytes: 32,
  maxTargets: 1,
  // Each push service has its own, and names none.
  targetsPerSecond: null,
};
