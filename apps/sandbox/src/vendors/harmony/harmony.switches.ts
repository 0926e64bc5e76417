import type { DeviceQuotaLimits } from '../device-quotas.js';

/** What the documents leave open or an operator may want otherwise, with the documented defaults. A limit of 0 is off. */
export interface HarmonySwitches extends DeviceQuotaLimits {
  storedPerApp: number;
  /** False: a token whose app was removed is illegal at once. True: it is taken, and a receipt tells (result 2). */
  learnsOfUninstallLater: boolean;
  /** Whether `msg` of a partial success is a JSON text, as in v1, or the object itself. */
  detailIsText: boolean;
  /** Texts that are not carried, separated by commas. */
  sensitiveWords: string;
  receiptsPerCall: number;
}

export const harmonyDefaults: HarmonySwitches = {
  devicesPerSecond: 6_000,
  marketingPerDevicePerDay: 2,
  newsPerDevicePerDay: 5,
  pushesPerDevicePerDay: 3_000,
  testPushesPerDay: 1_000,
  storedPerApp: 120,
  learnsOfUninstallLater: false,
  detailIsText: true,
  sensitiveWords: 'sensitive-sample',
  receiptsPerCall: 100,
};

/** How often one may push; 0 lifts each. */
export const harmonyFrequencyLimits = [
  'devicesPerSecond',
] as const satisfies readonly (keyof HarmonySwitches)[];
