import { buckets, consumers, type StreamName } from './streams.js';
import { subjectPatterns as p, subjects } from './subjects.js';

/** What one NATS user may do; nats-server's configuration is generated from it, and a test tries every pair. */
export interface Permissions {
  readonly identity: ServiceName;
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Consumers that it pulls from and acknowledges; `*` for every consumer of the stream. */
  readonly consumes: readonly { readonly stream: StreamName; readonly consumer: string }[];
  /** Consumers without acknowledgement that it pulls from and positions anew: projections. */
  readonly projects: readonly { readonly stream: StreamName; readonly consumer: string }[];
  /** Streams whose stored messages it may read by sequence. */
  readonly reads: readonly string[];
  /** Streams whose settings and figures alone it may see: those that it writes to and does not read. */
  readonly sees: readonly StreamName[];
  /** Streams whose consumers it may pause. */
  readonly pauses: readonly StreamName[];
  /** It answers asks; how many answers one ask may get and for how long. */
  readonly responds: { readonly max: number; readonly expiresMs: number } | null;
}

export const serviceNames = [
  'gateway',
  'presence',
  'router',
  'vendor-workers',
  'auditor',
  'operator',
] as const;
export type ServiceName = (typeof serviceNames)[number];

const none = {
  publish: [],
  subscribe: [],
  consumes: [],
  projects: [],
  reads: [],
  sees: [],
  pauses: [],
  responds: null,
} as const;
const at = (consumer: { stream: StreamName; name: string }) => ({
  stream: consumer.stream,
  consumer: consumer.name,
});
const deadLettersOf = (consumer: { stream: string; name: string }) =>
  p.deadLettersOf(consumer.stream, consumer.name);
const allStreams = [
  'MESSAGES',
  'DELIVERIES',
  'PUSHES',
  'PUSH_JOBS',
  'DEVICES',
  'SESSIONS',
  'APPS',
  'DEAD_LETTERS',
] as const;

export const permissions: Readonly<Record<ServiceName, Permissions>> = {
  gateway: {
    ...none,
    identity: 'gateway',
    publish: [
      p.allMessagesIn,
      p.asksOfDevice,
      p.asksOfSession,
      p.asksOfMessage,
      p.asksOfInbox,
      p.asksOfTimeline,
      p.acknowledged,
      p.kicks,
      subjects.askLeaseGateway(),
    ],
    subscribe: [p.live, p.apps, p.kicks],
    reads: ['APPS', 'MESSAGES'],
    // Above the longest deadline, since a client may acknowledge until then.
    responds: { max: 1000, expiresMs: 20_000 },
  },
  presence: {
    ...none,
    identity: 'presence',
    publish: [
      p.devices,
      p.pushLines,
      p.sessions,
      `$KV.${buckets.sessionRecords.name}.>`,
      `$KV.${buckets.gatewayLeases.name}.>`,
      deadLettersOf(consumers.tokenVerdicts),
    ],
    subscribe: [
      p.asksOfDevice,
      p.asksOfSession,
      subjects.askLeaseGateway(),
      subjects.askLookup(),
      subjects.askTargets(),
      subjects.askRerun(consumers.tokenVerdicts.name),
      subjects.askOwners(),
      p.asksOfPushLine,
      p.apps,
      `$KV.${buckets.sessionRecords.name}.>`,
      `$KV.${buckets.gatewayLeases.name}.>`,
    ],
    consumes: [at(consumers.tokenVerdicts)],
    projects: [at(consumers.deviceDirectory)],
    reads: [
      'DEVICES',
      'SESSIONS',
      'APPS',
      'PUSHES',
      `KV_${buckets.sessionRecords.name}`,
      `KV_${buckets.gatewayLeases.name}`,
    ],
    sees: ['DEAD_LETTERS'],
    responds: { max: 1, expiresMs: 20_000 },
  },
  router: {
    ...none,
    identity: 'router',
    publish: [
      p.deliveries,
      p.pushJobs,
      p.apps,
      p.live,
      subjects.askLookup(),
      subjects.askRerun(consumers.tokenVerdicts.name),
      p.deadLettersSettled,
      deadLettersOf(consumers.deliverMessage),
      deadLettersOf(consumers.withdrawPushes),
    ],
    subscribe: [
      p.asksOfMessage,
      p.asksOfInbox,
      p.asksOfTimeline,
      p.asksOfApp,
      subjects.askRedriveDeadLetter(),
      subjects.askDropDeadLetter(),
      p.acknowledged,
      subjects.askStanding(),
      subjects.askLocate(),
      p.apps,
    ],
    consumes: [at(consumers.deliverMessage), at(consumers.withdrawPushes)],
    projects: [at(consumers.messagesView), at(consumers.deliveriesView), at(consumers.pushesView)],
    reads: ['MESSAGES', 'DELIVERIES', 'PUSHES', 'APPS', 'DEAD_LETTERS'],
    sees: ['PUSH_JOBS'],
    responds: { max: 1, expiresMs: 20_000 },
  },
  'vendor-workers': {
    ...none,
    identity: 'vendor-workers',
    publish: [
      p.pushes,
      p.pushLater,
      subjects.askTargets(),
      subjects.askStanding(),
      subjects.askOwners(),
      subjects.askLocate(),
      `$KV.${buckets.feedbackPolls.name}.>`,
      `$KV.${buckets.pushLines.name}.>`,
      `$KV.${buckets.accessTokens.name}.>`,
      p.deadLettersOf('PUSH_JOBS', '*'),
    ],
    subscribe: [p.apps, `$KV.${buckets.pushLines.name}.>`],
    consumes: [{ stream: 'PUSH_JOBS', consumer: '*' }],
    reads: [
      'PUSHES',
      'PUSH_JOBS',
      'APPS',
      `KV_${buckets.feedbackPolls.name}`,
      `KV_${buckets.pushLines.name}`,
      `KV_${buckets.credentials.name}`,
      `KV_${buckets.accessTokens.name}`,
    ],
    sees: ['DEAD_LETTERS'],
    pauses: ['PUSH_JOBS'],
  },
  /** Reads the log and nothing else: `reveille trace --from-log`, `reveille audit`. */
  auditor: { ...none, identity: 'auditor', reads: allStreams },
  /** The provisioner, with all rights; no service runs under it. */
  operator: { ...none, identity: 'operator', publish: ['>'], subscribe: ['>'] },
};
