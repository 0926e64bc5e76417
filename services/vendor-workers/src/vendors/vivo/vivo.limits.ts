import type { VendorLimits } from '../../vendor.js';

/** vivo's server API document (362): characters, each counted as one whatever it is. */
export const customMapCharacters = 1024;
export const callbackUrlCharacters = 128;
export const callbackParamCharacters = 64;
export const requestIdCharacters = 64;
export const shortestTtlSeconds = 60;

/** vivo limits fields, not bodies: what is left to the sender is `clientCustomMap`. It knows notifications alone. */
export const vivoLimits: VendorLimits = {
  maxPayloadBytes: { alert: customMapCharacters, silent: 0, voip: 0 },
  // A day in the current document, seven in an older one: `longestTtlSeconds` of the settings decides.
  maxTtlSeconds: 604_800,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  // No document names a rate; above it vivo answers 10072.
  targetsPerSecond: null,
};
