import type { VendorLimits } from '../../vendor.js';

/** OPPO's "notification body" (11236): characters, each counted as one whatever it is. */
export const titleCharacters = 50;
export const longContentCharacters = 128;
export const actionParameterCharacters = 4000;
export const callbackUrlCharacters = 200;
/** No document says how long a form may be: a batch stays below what servers commonly take. */
export const mostBatchBytes = 900_000;

/** OPPO limits fields, not bodies: what is left to the sender is `action_parameters`. It knows notifications alone. */
export const oppoLimits: VendorLimits = {
  maxPayloadBytes: { alert: actionParameterCharacters, silent: 0, voip: 0 },
  // Ten days.
  maxTtlSeconds: 864_000,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  // Of an app with fewer than 10 million users.
  targetsPerSecond: 5000,
};
