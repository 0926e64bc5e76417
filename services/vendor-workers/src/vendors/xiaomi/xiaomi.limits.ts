import type { VendorLimits } from '../../vendor.js';

/**
 * Mi Push's server API ("服务器API地址以及参数"): 1000 registration ids a request; a payload of 4 KB is what others measured.
 * Its rates are requests per second, whatever they carry, so there is no rate per target.
 */
export const xiaomiLimits: VendorLimits = {
  maxPayloadBytes: { alert: 4096, silent: 0, voip: 0 },
  maxTtlSeconds: 1_209_600,
  maxCollapseBytes: 64,
  maxTargets: 1000,
  targetsPerSecond: null,
};

/** The texts must be shorter than 50 and 128 characters. */
export const maxTitleUnits = 49;
export const maxDescriptionUnits = 127;
/** Of each variable of a template. */
export const maxParamUnits = 128;
