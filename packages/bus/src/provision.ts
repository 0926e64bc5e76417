import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { BucketDefinition, ConsumerDefinition, StreamDefinition } from '@reveille/contracts/streams';
import type { Bus } from './connect.js';
import { apiCode, apiCodeOf, faultOfClient } from './jetstream-errors.js';
import { bucketConfig, bucketStream, consumerConfig, streamConfig } from './provision-config.js';

/** What a server should hold. `replicas`: 1 on one server, 3 in production. */
export interface Definitions {
  readonly streams: readonly StreamDefinition[];
  readonly consumers: readonly ConsumerDefinition[];
  readonly buckets: readonly BucketDefinition[];
  readonly replicas: number;
}

export interface Change {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

export type Step =
  | {
      readonly kind: 'create-stream' | 'update-stream';
      readonly name: string;
      readonly changes: readonly Change[];
      readonly config: Partial<StreamConfig> & { name: string };
    }
  | {
      readonly kind: 'create-consumer' | 'update-consumer';
      readonly stream: string;
      readonly name: string;
      readonly changes: readonly Change[];
      readonly config: Partial<ConsumerConfig>;
    };

/** The way from what a server holds to what it should hold. */
export interface Diff {
  readonly steps: readonly Step[];
  /** What would destroy something: nothing is applied while there is one. */
  readonly refusals: readonly string[];
  /** What the server holds beside; it stays. */
  readonly extras: readonly string[];
}

/** Looks at the server and says what would have to change. Needs the operator's rights. */
export async function plan(bus: Bus, definitions: Definitions): Promise<Diff> {
  const steps: Step[] = [];
  const refusals: string[] = [];
  const wanted = [
    ...definitions.streams.map((stream) => streamConfig(stream, definitions.replicas)),
    ...definitions.buckets.map((bucket) => bucketConfig(bucket, definitions.replicas)),
  ];
  for (const config of wanted) {
    const present = await streamOf(bus, config.name);
    if (present === null) {
      steps.push({ kind: 'create-stream', name: config.name, changes: [], config });
      continue;
    }
    const changes = changesOf(config, present);
    refusals.push(...changes.flatMap((change) => refusalOf(config.name, change, config)));
    if (changes.length > 0) steps.push({ kind: 'update-stream', name: config.name, changes, config });
  }
  for (const definition of definitions.consumers) {
    const { stream, name } = definition;
    const config = consumerConfig(definition);
    const present = await consumerOf(bus, stream, name);
    if (present === null) {
      steps.push({ kind: 'create-consumer', stream, name, changes: [], config });
      continue;
    }
    const changes = changesOf(config, present);
    refusals.push(...changes.flatMap((change) => consumerRefusalOf(`${stream}/${name}`, change)));
    if (changes.length > 0) steps.push({ kind: 'update-consumer', stream, name, changes, config });
  }
  return { steps, refusals, extras: await extrasOf(bus, definitions) };
}

/** Makes the changes in order. Throws, and changes nothing, when one of them would destroy something. */
export async function apply(bus: Bus, diff: Diff): Promise<void> {
  if (diff.refusals.length > 0)
    throw new Error(`refused, since it would destroy: ${diff.refusals.join('; ')}`);
  for (const step of diff.steps) {
    try {
      await applyStep(bus, step);
    } catch (cause) {
      throw faultOfClient(cause, `${step.kind} ${step.name}`);
    }
  }
}

async function applyStep(bus: Bus, step: Step): Promise<void> {
  const { streams, consumers } = bus.jsm;
  switch (step.kind) {
    case 'create-stream':
      await streams.add(step.config);
      return;
    case 'update-stream':
      await streams.update(step.name, step.config);
      return;
    case 'create-consumer':
      await consumers.add(step.stream, step.config);
      return;
    case 'update-consumer':
      await consumers.update(step.stream, step.name, step.config);
  }
}

/** The diff as lines for a terminal. */
export function describeDiff(diff: Diff): string[] {
  return [
    ...diff.steps.map((step) => {
      const name = 'stream' in step ? `${step.stream}/${step.name}` : step.name;
      const sign = step.kind.startsWith('create') ? '+' : '~';
      const what = step.kind.endsWith('stream') ? 'stream' : 'consumer';
      const changes = step.changes.map(
        ({ field, from, to }) => ` ${field}: ${JSON.stringify(from)} → ${JSON.stringify(to)}`,
      );
      return `${sign} ${what} ${name}${changes.join(',')}`;
    }),
    ...diff.refusals.map((refusal) => `! ${refusal}`),
    ...diff.extras.map((extra) => `? ${extra} is not in the contracts and stays`),
  ];
}

/** The settings of a stream as the server has them; null when there is none. */
export async function streamOf(bus: Bus, name: string): Promise<Record<string, unknown> | null> {
  try {
    return { ...(await bus.jsm.streams.info(name)).config };
  } catch (cause) {
    if (apiCodeOf(cause) === apiCode.streamNotFound) return null;
    throw faultOfClient(cause, `looking at ${name}`);
  }
}

/** The settings of a consumer as the server has them; null when there is none. */
export async function consumerOf(
  bus: Bus,
  stream: string,
  name: string,
): Promise<Record<string, unknown> | null> {
  try {
    return { ...(await bus.jsm.consumers.info(stream, name)).config };
  } catch (cause) {
    const code = apiCodeOf(cause);
    if (code === apiCode.consumerNotFound || code === apiCode.streamNotFound) return null;
    throw faultOfClient(cause, `looking at ${stream}/${name}`);
  }
}

/** Only what we set is compared: the server adds fields of its own. */
export function changesOf(wanted: object, present: Record<string, unknown>): Change[] {
  return Object.entries(wanted).flatMap(([field, to]) => {
    const from = present[field] ?? absent[field] ?? null;
    return canonical(from) === canonical(to) ? [] : [{ field, from, to }];
  });
}

/** How the server leaves out a field that has its plainest value. */
const absent: Readonly<Record<string, unknown>> = {
  max_age: 0,
  compression: 'none',
  allow_msg_schedules: false,
  allow_msg_ttl: false,
  allow_direct: false,
  allow_rollup_hdrs: false,
  filter_subjects: [],
  backoff: [],
  headers_only: false,
  inactive_threshold: 0,
};

function canonical(value: unknown): string {
  if (Array.isArray(value))
    return JSON.stringify(value.map((inner) => JSON.stringify(inner)).sort(alphabetically));
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(
      Object.entries(value)
        .filter(([, inner]) => inner !== '')
        .map((entry) => JSON.stringify(entry))
        .sort(alphabetically),
    );
  }
  return JSON.stringify(value);
}

function alphabetically(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

const immutable = new Set(['retention', 'storage', 'name']);
const oneWay = new Set(['allow_msg_schedules', 'allow_msg_ttl']);

function refusalOf(stream: string, { field, from, to }: Change, config: Partial<StreamConfig>): string[] {
  const say = (what: string) => [
    `${stream}: ${field} ${JSON.stringify(from)} → ${JSON.stringify(to)} ${what}`,
  ];
  if (immutable.has(field)) return say('needs a new stream');
  if (oneWay.has(field) && to !== true) return say('cannot be switched off');
  if (field === 'subjects' && !(from as string[]).every((subject) => (to as string[]).includes(subject))) {
    return say('would no longer take what it takes now');
  }
  if (field === 'max_age' && isLower(to, from, 0)) return say('would delete messages');
  if (field === 'max_bytes' && config.discard === 'old' && isLower(to, from, -1))
    return say('could delete messages');
  return [];
}

function consumerRefusalOf(consumer: string, { field, from, to }: Change): string[] {
  if (field !== 'ack_policy' && field !== 'deliver_policy') return [];
  return [`${consumer}: ${field} ${JSON.stringify(from)} → ${JSON.stringify(to)} needs a new consumer`];
}

/** True when a limit becomes tighter; `unlimited` is how the field says that there is none. */
function isLower(to: unknown, from: unknown, unlimited: number): boolean {
  if (to === unlimited) return false;
  return from === unlimited || (to as number) < (from as number);
}

async function extrasOf(bus: Bus, definitions: Definitions): Promise<string[]> {
  const known = new Set<string>([
    ...definitions.streams.map(({ name }) => name),
    ...definitions.buckets.map(({ name }) => bucketStream(name)),
  ]);
  const knownConsumers = new Set(definitions.consumers.map(({ stream, name }) => `${stream}/${name}`));
  const extras: string[] = [];
  for await (const { config } of bus.jsm.streams.list()) {
    if (!known.has(config.name)) {
      extras.push(`stream ${config.name}`);
      continue;
    }
    for await (const { name } of bus.jsm.consumers.list(config.name)) {
      if (!knownConsumers.has(`${config.name}/${name}`)) extras.push(`consumer ${config.name}/${name}`);
    }
  }
  return extras;
}
