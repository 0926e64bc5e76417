import type { DeviceQuotaLimits } from '../device-quotas.js';

/** What Huawei leaves open or an operator may want otherwise, with the documented defaults. A limit of 0 is off. */
export interface HuaweiSwitches extends DeviceQuotaLimits {
  accessTokenSeconds: number;
  /** Access tokens that an app may ask for in five minutes. */
  tokensPerFiveMinutes: number;
  storedPerApp: number;
  /** False: a token whose app was removed is illegal at once. True: it is taken, and a receipt tells (status 2). */
  learnsOfUninstallLater: boolean;
  /** Texts that Huawei does not carry, separated by commas. */
  sensitiveWords: string;
  receiptsPerCall: number;
}

export const huaweiDefaults: HuaweiSwitches = {
  accessTokenSeconds: 3_600,
  tokensPerFiveMinutes: 1_000,
  devicesPerSecond: 6_000,
  marketingPerDevicePerDay: 2,
  newsPerDevicePerDay: 5,
  pushesPerDevicePerDay: 3_000,
  testPushesPerDay: 500,
  storedPerApp: 120,
  learnsOfUninstallLater: false,
  sensitiveWords: 'sensitive-sample',
  receiptsPerCall: 100,
};

/** How often one may push; 0 lifts each. */
export const huaweiFrequencyLimits = [
  'devicesPerSecond',
  'tokensPerFiveMinutes',
] as const satisfies readonly (keyof HuaweiSwitches)[];
