/** What Xiaomi's documents leave open or bind to a date, and its limits; 0 switches a limit off. */
export interface XiaomiSwitches {
  /** A push without a channel is refused: the rule from 2026-12-31. */
  channelRequired: boolean;
  /** Pushes of the class without a channel, and of public channels, that an app may deliver in a day. */
  defaultPerDay: number;
  publicPerDay: number;
  defaultPerDevicePerDay: number;
  publicPerDevicePerDay: number;
  requestsPerSecond: number;
  /** When a day of the quotas begins, in minutes east of UTC. */
  dayTurnsAtMinutes: number;
  /** The private template's filled texts stand on the screen, instead of the message's own. */
  showsTemplate: boolean;
  /** Pass-through messages reach the app, as they did before they were withdrawn. */
  deliversPassThrough: boolean;
  /** A removed app is told by a callback alone; else its registration id is refused at once. */
  tellsDeadLater: boolean;
  /** Whether Xiaomi's own `extra.*` fields count among the ten pairs and 2048 bytes. */
  countsOwnExtras: boolean;
  longestCallbackParamBytes: number;
  longestDelayDays: number;
  publicTtlMs: number;
  privateTtlMs: number;
  streamLimit: number;
}

const dayMs = 86_400_000;

export const xiaomiDefaults: XiaomiSwitches = {
  channelRequired: false,
  defaultPerDay: 10_000,
  publicPerDay: 10_000,
  defaultPerDevicePerDay: 1,
  publicPerDevicePerDay: 5,
  requestsPerSecond: 500,
  dayTurnsAtMinutes: 480,
  showsTemplate: false,
  deliversPassThrough: false,
  tellsDeadLater: false,
  countsOwnExtras: false,
  longestCallbackParamBytes: 256,
  longestDelayDays: 7,
  publicTtlMs: dayMs,
  privateTtlMs: 10 * dayMs,
  streamLimit: 100,
};

/** How often one may push; 0 lifts each. */
export const xiaomiFrequencyLimits = [
  'requestsPerSecond',
] as const satisfies readonly (keyof XiaomiSwitches)[];
