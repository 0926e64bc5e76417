/** FCM's limits as documented, and what only some tests want. 0 switches a limit off. */
export interface FcmSwitches {
  /** Messages per project and minute. */
  projectPerMinute: number;
  devicePerMinute: number;
  devicePerHour: number;
  /** Messages with a collapse key: so many at once per device, then one every three minutes. */
  collapsibleBurst: number;
  /** Whether a 429 of a quota says how long to wait. */
  quotaNamesRetryAfter: boolean;
  /** Notification messages are stored under the package name when they name no collapse key. */
  usesDefaultCollapseKey: boolean;
  /** Streams per HTTP/2 connection. */
  streamLimit: number;
  /** How long an access token lives. */
  accessTokenSeconds: number;
  /** The token endpoint answers invalid_grant to everything. */
  refusesGrants: boolean;
}

export const fcmDefaults: FcmSwitches = {
  projectPerMinute: 600_000,
  devicePerMinute: 240,
  devicePerHour: 5_000,
  collapsibleBurst: 20,
  quotaNamesRetryAfter: true,
  usesDefaultCollapseKey: true,
  streamLimit: 100,
  accessTokenSeconds: 3_599,
  refusesGrants: false,
};

/** How often one may push; 0 lifts each. */
export const fcmFrequencyLimits = [
  'projectPerMinute',
  'devicePerMinute',
  'devicePerHour',
  'collapsibleBurst',
] as const satisfies readonly (keyof FcmSwitches)[];
