/** vivo's limits as documented, and what the documents leave open. 0 switches a limit off. */
export interface VivoSwitches {
  /** Authentications of an app in a second. */
  authPerSecond: number;
  authTokenSeconds: number;
  /** No document names a rate. */
  targetsPerSecond: number;
  /** Arrivals of an app in a day. vivo computes them from its users, and lifts that of system messages on request. */
  systemPerDay: number;
  operationalPerDay: number;
  /** Operational messages to a device in a day: 5 of a news app. */
  operationalPerDevicePerDay: number;
  /** Saved bodies of an app in a day. */
  savesPerDay: number;
  /** How long a saved body can be sent to. */
  savedBodySeconds: number;
  /** Operational messages outside 07:00–23:00 are refused. Documented; off, so that a run does not depend on the hour. */
  keepsOperationalHours: boolean;
  /** Whose texts must not look like a test: digits, letters or symbols alone, the word for test. */
  refusesTestTexts: 'operational' | 'all' | 'none';
  /** How a repeated requestId is answered: with the first one's task, or refused. */
  repeatCode: 0 | 10910;
  /** A requestId counts as used also when its request was refused: the second one is called a repeat, and reaches nobody. No document says. */
  remembersRefusedIds: boolean;
  /** What a longer timeToLive is cut to: a day, seven in an older document. */
  longestTtlSeconds: number;
  /** A Chinese character counts two, as in an older document. */
  countsWideTwice: boolean;
  /** How old a registered receipt address must be. */
  callbackWaitSeconds: number;
  receiptGatherMs: number;
}

export const vivoDefaults: VivoSwitches = {
  authPerSecond: 10,
  authTokenSeconds: 86_400,
  targetsPerSecond: 0,
  systemPerDay: 0,
  operationalPerDay: 20_000,
  operationalPerDevicePerDay: 2,
  savesPerDay: 0,
  savedBodySeconds: 86_400,
  keepsOperationalHours: false,
  refusesTestTexts: 'operational',
  repeatCode: 0,
  remembersRefusedIds: false,
  longestTtlSeconds: 86_400,
  countsWideTwice: false,
  callbackWaitSeconds: 3_600,
  receiptGatherMs: 200,
};

/** How often one may push; 0 lifts each. */
export const vivoFrequencyLimits = [
  'authPerSecond',
  'targetsPerSecond',
] as const satisfies readonly (keyof VivoSwitches)[];
