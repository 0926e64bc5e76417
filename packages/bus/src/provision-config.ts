import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  ReplayPolicy,
  RetentionPolicy,
  StorageType,
  StoreCompression,
  type StreamConfig,
} from '@nats-io/jetstream';
import type { BucketDefinition, ConsumerDefinition, StreamDefinition } from '@reveille/contracts/streams';

const nanoseconds = (ms: number): number => ms * 1_000_000;

/** The stream that a bucket is kept in. */
export const bucketStream = (bucket: string): string => `KV_${bucket}`;

type NamedStreamConfig = Partial<StreamConfig> & { name: string };

export function streamConfig(definition: StreamDefinition, replicas: number): NamedStreamConfig {
  const { transform } = definition;
  return {
    name: definition.name,
    subjects: [...definition.subjects],
    storage: StorageType.File,
    retention: definition.retention === 'workqueue' ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    num_replicas: replicas,
    max_age: definition.maxAgeMs === null ? 0 : nanoseconds(definition.maxAgeMs),
    max_bytes: definition.maxBytes ?? -1,
    max_msgs: -1,
    max_msgs_per_subject: -1,
    max_msg_size: -1,
    discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
    duplicate_window: nanoseconds(definition.duplicateWindowMs),
    compression: definition.compression === 's2' ? StoreCompression.S2 : StoreCompression.None,
    allow_direct: true,
    ...(transform === null ? {} : { subject_transform: { src: transform.from, dest: transform.to } }),
    // Cancelling a schedule leaves a marker, and only a time to live makes that go.
    ...(definition.allowsSchedules ? { allow_msg_schedules: true, allow_msg_ttl: true } : {}),
  };
}

export function consumerConfig(definition: ConsumerDefinition): Partial<ConsumerConfig> {
  const isExplicit = definition.ack === 'explicit';
  return {
    durable_name: definition.name,
    name: definition.name,
    ack_policy: isExplicit ? AckPolicy.Explicit : AckPolicy.None,
    deliver_policy: DeliverPolicy.All,
    replay_policy: ReplayPolicy.Instant,
    filter_subjects: [...definition.filters],
    max_deliver: -1,
    // It would take the place of the ack wait.
    backoff: [],
    headers_only: false,
    inactive_threshold: 0,
    ...(isExplicit
      ? { ack_wait: nanoseconds(definition.ackWaitMs), max_ack_pending: definition.maxAckPending }
      : {}),
  };
}

/** A key-value bucket the way every NATS client knows it: last value per key, read directly. */
export function bucketConfig(definition: BucketDefinition, replicas: number): NamedStreamConfig {
  const maxAge = definition.ttlMs === null ? 0 : nanoseconds(definition.ttlMs);
  const twoMinutes = nanoseconds(120_000);
  return {
    name: bucketStream(definition.name),
    subjects: [`$KV.${definition.name}.>`],
    storage: definition.storage === 'memory' ? StorageType.Memory : StorageType.File,
    retention: RetentionPolicy.Limits,
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    max_age: maxAge,
    discard: DiscardPolicy.New,
    duplicate_window: maxAge === 0 ? twoMinutes : Math.min(maxAge, twoMinutes),
    allow_direct: true,
    allow_rollup_hdrs: true,
    // What marks a removed key goes by itself; without that, keys that come once and go would pile up for good.
    allow_msg_ttl: true,
    deny_delete: true,
  };
}
