/** What Apple does not document exactly, or what only some tests want. */
export interface ApnsSwitches {
  /** Streams per connection after the first accepted push. */
  streamLimit: number;
  /** Streams per connection from the start where a client certificate is used. */
  certificateStreamLimit: number;
  /** After a rejection (410 excepted) one stream only, until the next accepted push. */
  lowersStreamsAfterRejection: boolean;
  /** On the wire it is BadEnvironmentKeyInToken, in the documents BadEnvironmentKeyIdInToken. */
  environmentReason: 'wire' | 'documented';
  /** Whether the 20 minutes between two provider tokens count per connection or per key. */
  tokenUpdateScope: 'connection' | 'key';
  /** So many BadDeviceToken on one connection end it with GOAWAY; 0 = never. */
  badDeviceTokensToGoaway: number;
  /** GOAWAY when, of at least 100 requests on a connection, more than this share were errors; 0 = never. */
  errorShareToGoaway: number;
  /** Connections that one address may open within a minute; more are refused for that minute; 0 = any number. */
  connectionsPerMinute: number;
  /** Pushes per device token and minute, above that TooManyRequests; 0 = any number. */
  pushesPerTokenAndMinute: number;
  /** A connection without requests ends with GOAWAY IdleTimeout after this long; 0 = never. */
  idleTimeoutMs: number;
  /** Broadcast channels of one app. */
  channelsPerApp: number;
}

export const apnsDefaults: ApnsSwitches = {
  streamLimit: 1_000,
  certificateStreamLimit: 1_000,
  lowersStreamsAfterRejection: false,
  environmentReason: 'wire',
  tokenUpdateScope: 'connection',
  badDeviceTokensToGoaway: 0,
  errorShareToGoaway: 0,
  connectionsPerMinute: 0,
  pushesPerTokenAndMinute: 0,
  idleTimeoutMs: 0,
  channelsPerApp: 10_000,
};

/** How often one may push; 0 lifts each. */
export const apnsFrequencyLimits = [
  'pushesPerTokenAndMinute',
] as const satisfies readonly (keyof ApnsSwitches)[];
