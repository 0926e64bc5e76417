/** OPPO's limits as documented, and what the documents leave open. 0 switches a limit off. */
export interface OppoSwitches {
  /** Marketing pushes of an app in a day: apps with fewer than 50,000 users. */
  marketingPerDay: number;
  /** Marketing pushes to a phone in a day; news apps have 5. */
  marketingPerDevicePerDay: number;
  /** Targets of an app in a second, over all calls: apps with fewer than 10 million users. */
  targetsPerSecond: number;
  /** What a rate above it is answered with. */
  rateCode: 13 | 55;
  /** The most characters of a standard notification's text: 50 in the current document, 200 in an older one. */
  contentCharacters: number;
  /** How a dead registration id is answered; 0: it is taken, and said to be dead later. */
  deadIdCode: 0 | 41 | 10000;
  /** An app_message_id counts as used also when its message was refused: the second one is taken, and reaches nobody. No document says. */
  remembersRefusedIds: boolean;
  /** `data` of an authentication is a JSON text instead of an object. */
  authDataIsText: boolean;
  /** How long an auth token lives. */
  authTokenSeconds: number;
  /** How long receipts for one URL are gathered. */
  receiptGatherMs: number;
}

export const oppoDefaults: OppoSwitches = {
  marketingPerDay: 100_000,
  marketingPerDevicePerDay: 2,
  targetsPerSecond: 5_000,
  rateCode: 13,
  contentCharacters: 50,
  deadIdCode: 0,
  remembersRefusedIds: false,
  authDataIsText: false,
  authTokenSeconds: 86_400,
  receiptGatherMs: 200,
};

/** How often one may push; 0 lifts each. */
export const oppoFrequencyLimits = ['targetsPerSecond'] as const satisfies readonly (keyof OppoSwitches)[];
