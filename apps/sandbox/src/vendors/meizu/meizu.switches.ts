/** What Meizu's documents leave open, and its limits; 0 switches a limit off. */
export interface MeizuSwitches {
  /** Push ids of a request: 100, or 1000 as in the older edition of the page. */
  mostIds: number;
  /** Messages to a phone within a minute: further ones are folded. */
  foldsAbovePerMinute: number;
  publicPerDevicePerDay: number;
  /** Public messages of an app and day; the page names no number. */
  publicPerDay: number;
  requestsPerSecond: number;
  /** When a day begins, in minutes east of UTC. */
  dayTurnsAtMinutes: number;
  /** A push that asks for receipts at an address that is not registered fails. */
  refusesUnknownCallbacks: boolean;
  streamLimit: number;
}

export const meizuDefaults: MeizuSwitches = {
  mostIds: 100,
  foldsAbovePerMinute: 5,
  publicPerDevicePerDay: 3,
  publicPerDay: 0,
  requestsPerSecond: 0,
  dayTurnsAtMinutes: 480,
  refusesUnknownCallbacks: true,
  streamLimit: 100,
};

/** How often one may push; 0 lifts each. */
export const meizuFrequencyLimits = [
  'foldsAbovePerMinute',
  'requestsPerSecond',
] as const satisfies readonly (keyof MeizuSwitches)[];
