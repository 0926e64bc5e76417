import { UnavailableError } from '@reveille/contracts/errors';
import type { ConsumerDefinition } from '@reveille/contracts/streams';
import type { Bus } from './connect.js';
import { type Change, changesOf, consumerOf, type Definitions, streamOf } from './provision.js';
import { bucketConfig, consumerConfig, streamConfig } from './provision-config.js';

const provision = 'run `reveille streams apply`';
const nanosecondsPerMs = 1_000_000;

/**
 * What a service asks at its start: the streams (those that it publishes to and those that it reads), consumers and buckets that
 * it needs are there and are what our promises rest on; an older server ignores unknown fields in silence. The bus then keeps to
 * the shortest deduplication window of these streams, whatever it is.
 * @throws UnavailableError: one sentence that names the stream or consumer, the field, and what it is instead of what.
 */
export async function checkProvisioned(bus: Bus, needed: Omit<Definitions, 'replicas'>): Promise<void> {
  const windows: number[] = [];
  for (const definition of needed.streams) {
    const present = await streamOf(bus, definition.name);
    refuse(streamFault(definition.name, streamConfig(definition, 1), present));
    windows.push(Number(present?.['duplicate_window'] ?? 0) / nanosecondsPerMs);
  }
  for (const definition of needed.buckets) {
    const config = bucketConfig(definition, 1);
    refuse(streamFault(config.name, config, await streamOf(bus, config.name)));
  }
  for (const definition of needed.consumers) refuse(await consumerFault(bus, definition));
  if (windows.length > 0) bus.useDuplicateWindow(Math.min(...windows));
}

/** Why a consumer cannot be used, in one sentence; null when it can. */
export async function consumerFault(bus: Bus, definition: ConsumerDefinition): Promise<string | null> {
  const name = `the consumer ${definition.stream}/${definition.name}`;
  const present = await consumerOf(bus, definition.stream, definition.name);
  if (present === null) return `${name} is missing: ${provision}`;
  const [change] = changesOf(consumerConfig(definition), present);
  return change === undefined ? null : sentence(name, change);
}

function streamFault(name: string, config: object, present: Record<string, unknown> | null): string | null {
  if (present === null) return `the stream ${name} is missing: ${provision}`;
  const change = changesOf(config, present).find((one) => mayDiffer[one.field]?.(one) !== true);
  return change === undefined ? null : sentence(`the stream ${name}`, change);
}

function refuse(fault: string | null): void {
  if (fault !== null) throw new UnavailableError(fault);
}

const always = (): boolean => true;

/** Fields that an operator may choose, and how far. The subjects of a newer version may be there beside ours. */
const mayDiffer: Readonly<Record<string, (change: Change) => boolean>> = {
  num_replicas: always,
  compression: always,
  duplicate_window: always,
  max_age: ({ from, to }) => to !== 0 && (from === 0 || Number(from) >= Number(to)),
  max_bytes: ({ from, to }) => Number(to) > 0 && Number(from) > 0,
  subjects: ({ from, to }) => (to as string[]).every((subject) => (from as string[]).includes(subject)),
};

function sentence(name: string, { field, from, to }: Change): string {
  return `${name} has ${field} ${shown(field, from)} where it must be ${shown(field, to)}: ${provision}`;
}

const durations: ReadonlySet<string> = new Set(['max_age', 'ack_wait', 'inactive_threshold']);

function shown(field: string, value: unknown): string {
  if (durations.has(field)) return `${Number(value) / nanosecondsPerMs} ms`;
  return JSON.stringify(value);
}
