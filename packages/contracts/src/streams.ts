import type { AppId } from './ids.js';
import { type Lane, lanes } from './push/lane.js';
import { type VendorName, vendorNames } from './push/vendor.js';
import { subjectPatterns } from './subjects.js';

export type StreamName =
  | 'MESSAGES'
  | 'DELIVERIES'
  | 'PUSHES'
  | 'PUSH_JOBS'
  | 'DEVICES'
  | 'SESSIONS'
  | 'APPS'
  | 'DEAD_LETTERS';

/** A stream as data; the provisioner makes a server match it and never destroys. */
export interface StreamDefinition {
  readonly name: StreamName;
  readonly subjects: readonly string[];
  /** `limits` keeps facts; `workqueue` keeps work until it is acknowledged. */
  readonly retention: 'limits' | 'workqueue';
  /** Null: for good. */
  readonly maxAgeMs: number | null;
  /** Null: no limit that drops. */
  readonly maxBytes: number | null;
  readonly discard: 'old' | 'new';
  readonly transform: { readonly from: string; readonly to: string } | null;
  readonly allowsSchedules: boolean;
  readonly duplicateWindowMs: number;
  readonly compression: 'none' | 's2';
}

export const duplicateWindowMs = 120_000;
const day = 86_400_000;
const facts = {
  retention: 'limits',
  maxAgeMs: 30 * day,
  maxBytes: null,
  discard: 'old',
  transform: null,
  allowsSchedules: false,
  duplicateWindowMs,
  compression: 's2',
} as const;

export const streams: readonly StreamDefinition[] = [
  {
    ...facts,
    name: 'MESSAGES',
    subjects: [subjectPatterns.allMessagesIn],
    transform: { from: subjectPatterns.allMessagesIn, to: subjectPatterns.messageTransform },
    // Full means that senders are refused, not that old messages go: job streams have no limit, so this one must be first.
    maxBytes: 8 * 1024 ** 3,
    discard: 'new',
  },
  { ...facts, name: 'DELIVERIES', subjects: [subjectPatterns.deliveries] },
  { ...facts, name: 'PUSHES', subjects: [subjectPatterns.pushes] },
  {
    ...facts,
    name: 'PUSH_JOBS',
    subjects: [subjectPatterns.pushJobs, subjectPatterns.pushLater],
    retention: 'workqueue',
    maxAgeMs: null,
    allowsSchedules: true,
    // Sealed tokens do not compress, and a test looks for clear ones in the files.
    compression: 'none',
  },
  {
    ...facts,
    name: 'DEVICES',
    subjects: [subjectPatterns.devices, subjectPatterns.pushLines],
    maxAgeMs: null,
  },
  { ...facts, name: 'SESSIONS', subjects: [subjectPatterns.sessions], maxAgeMs: 7 * day },
  { ...facts, name: 'APPS', subjects: [subjectPatterns.apps], maxAgeMs: null },
  {
    ...facts,
    name: 'DEAD_LETTERS',
    subjects: [subjectPatterns.deadLetters, subjectPatterns.deadLettersSettled],
  },
];

/** A durable pull consumer. Only the provisioner makes consumers: who may make one could let it deliver anywhere. */
export interface ConsumerDefinition {
  readonly stream: StreamName;
  readonly name: string;
  readonly filters: readonly string[];
  /** `explicit`: each message is acknowledged; `none`: a projection that keeps its own position. */
  readonly ack: 'explicit' | 'none';
  readonly ackWaitMs: number;
  readonly maxAckPending: number;
}

/** The longest deadline that an app may set for an acknowledgement. */
export const longestDeadlineMs = 10_000;

export const consumers = {
  /** The unacknowledged message is the timer: `ackWait` = longest deadline + 5 s. */
  deliverMessage: {
    stream: 'MESSAGES',
    name: 'router-deliver-message',
    filters: [subjectPatterns.messagesAccepted],
    ack: 'explicit',
    ackWaitMs: longestDeadlineMs + 5_000,
    maxAckPending: 50_000,
  },
  /** What is not settled yet when its message is revoked is looked at again after `ackWait`. */
  withdrawPushes: {
    stream: 'MESSAGES',
    name: 'router-withdraw-pushes',
    filters: [subjectPatterns.messagesRevoked],
    ack: 'explicit',
    ackWaitMs: 10_000,
    maxAckPending: 5_000,
  },
  messagesView: projection('MESSAGES', 'router-messages-view'),
  deliveriesView: projection('DELIVERIES', 'router-deliveries-view'),
  pushesView: projection('PUSHES', 'router-pushes-view'),
  deviceDirectory: projection('DEVICES', 'presence-device-directory'),
  tokenVerdicts: {
    stream: 'PUSHES',
    name: 'presence-token-verdicts',
    filters: [subjectPatterns.pushesCondemned, subjectPatterns.receiptsCondemned],
    ack: 'explicit',
    ackWaitMs: 30_000,
    maxAckPending: 5_000,
  },
} as const satisfies Record<string, ConsumerDefinition>;

function projection<S extends StreamName, N extends string>(stream: S, name: N) {
  return {
    stream,
    name,
    filters: [] as readonly string[],
    ack: 'none',
    ackWaitMs: 30_000,
    maxAckPending: -1,
  } as const;
}

/** The consumer of one vendor, lane and app. */
export function pushConsumer(vendor: VendorName, lane: Lane, app: AppId): ConsumerDefinition {
  return {
    stream: 'PUSH_JOBS',
    name: `push-${vendor}-${lane}-${app}`,
    filters: [subjectPatterns.pushJobsOf(vendor, lane, app)],
    ack: 'explicit',
    // Twice the longest vendor request; a worker that is still busy says so.
    ackWaitMs: 20_000,
    maxAckPending: 2_000,
  };
}

/** Every consumer that a town with these apps needs. */
export function consumersFor(apps: readonly AppId[]): ConsumerDefinition[] {
  const pushes = apps.flatMap((app) =>
    vendorNames.flatMap((vendor) => lanes.map((lane) => pushConsumer(vendor, lane, app))),
  );
  return [...Object.values(consumers), ...pushes];
}

/** A key-value bucket. */
export interface BucketDefinition {
  readonly name: string;
  readonly ttlMs: number | null;
  readonly storage: 'file' | 'memory';
}

export const buckets = {
  sessionRecords: { name: 'SESSION_RECORDS', ttlMs: null, storage: 'file' },
  gatewayLeases: { name: 'GATEWAY_LEASES', ttlMs: 35_000, storage: 'file' },
  /** When each vendor's list of dead tokens is due: whoever moves the time polls. */
  feedbackPolls: { name: 'FEEDBACK_POLLS', ttlMs: null, storage: 'file' },
  /** What vendor workers know together of lines: quotas, pauses, who lives. Longer than a quota's day in any time zone. */
  pushLines: { name: 'PUSH_LINES', ttlMs: 3 * 86_400_000, storage: 'file' },
  /** Credentials of apps, sealed; what an old revision names is kept, so that a rollback finds it. */
  credentials: { name: 'CREDENTIALS', ttlMs: null, storage: 'file' },
  /** One access token per credential for all workers, sealed. No vendor's token lives for two days. */
  accessTokens: { name: 'ACCESS_TOKENS', ttlMs: 2 * 86_400_000, storage: 'file' },
} as const satisfies Record<string, BucketDefinition>;
