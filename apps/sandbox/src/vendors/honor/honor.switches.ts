/** What no document of Honor's says for certain, with what most sources have. 0 switches a limit off. */
export interface HonorSwitches {
  /** `code` of an answer that is good: sources have 200, 0, 80000000 and 12200000. */
  successCode: number;
  /** Whether a good answer carries `sendResult` and its lists. */
  saysSendResult: boolean;
  accessTokenSeconds: number;
  /** The token endpoint answers `unauthorized_client` to everybody. */
  refusesGrants: boolean;
  /** How far a request's `timestamp` may be from the vendor's clock. */
  timestampWindowMs: number;
  /** Targets per app and second. */
  targetsPerSecond: number;
  /** Alerts that count as marketing, per device and day; a day begins at midnight in China. */
  marketingPerDevicePerDay: number;
  /** Pushes to test users, per app and day. */
  testPushesPerDay: number;
  /** `status` of a receipt for a delivery: sources have 0 and 40000002. */
  deliveredStatus: number;
  receiptsPerCall: number;
  /** Streams per HTTP/2 connection. */
  streamLimit: number;
}

export const honorDefaults: HonorSwitches = {
  successCode: 200,
  saysSendResult: true,
  accessTokenSeconds: 3_600,
  refusesGrants: false,
  timestampWindowMs: 600_000,
  targetsPerSecond: 3_000,
  marketingPerDevicePerDay: 2,
  testPushesPerDay: 1_000,
  deliveredStatus: 0,
  receiptsPerCall: 100,
  streamLimit: 100,
};

/** How often one may push; 0 lifts each. */
export const honorFrequencyLimits = ['targetsPerSecond'] as const satisfies readonly (keyof HonorSwitches)[];
