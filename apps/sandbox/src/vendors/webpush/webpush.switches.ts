/** What push services leave open. */
export interface WebpushSwitches {
  /** Pushes to one subscription per minute; above it the service throttles. 0 = no limit. */
  perSubscriptionPerMinute: number;
  /** What a throttled provider is told to wait; 0 = nothing. */
  retryAfterSeconds: number;
  /** Bodies that a service takes beyond what RFC 8030 makes it take; 0 = none. */
  maxBodyBytes: number;
  /** Streams per HTTP/2 connection. */
  streamLimit: number;
}

export const webpushDefaults: WebpushSwitches = {
  perSubscriptionPerMinute: 0,
  retryAfterSeconds: 60,
  maxBodyBytes: 0,
  streamLimit: 100,
};

/** How often one may push; 0 lifts each. */
export const webpushFrequencyLimits = [
  'perSubscriptionPerMinute',
] as const satisfies readonly (keyof WebpushSwitches)[];
