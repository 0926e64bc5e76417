import type { Bus } from '@reveille/bus/connect';
import type { AppId, Instant } from '@reveille/contracts/ids';
import { pushAttemptedSchema, pushClosedSchema } from '@reveille/contracts/push/events';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { pushWithdrawnSchema } from '@reveille/contracts/push/withdrawal';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';
import type { PushFacts, PushRecord } from '../ports.js';
import { Batch } from './batch.js';

interface Question {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly partition: number;
  readonly jobId: string;
  readonly since: number;
}
type Records = ReadonlyMap<string, readonly PushRecord[]>;

/** Repeats come in crowds, after a crash: one scan for all of a crowd. */
const gatherMs = 10;
const mostAtOnce = 5_000;
/** A crowd over more partitions than this is served by one wide read that is kept and continued. */
const fewPartitions = 4;
/** The verdict's time is the router's clock, the stream's time is the server's. */
export const clockSkewMs = 10_000;
const keptForMs = 30_000;
/** Records of one app and vendor, some hundred bytes each. */
const usuallyKept = 200_000;

/** What was read of PUSHES for one app and vendor: everything from `since` up to `until`. */
interface Kept {
  readonly since: number;
  until: number;
  readonly records: Map<string, PushRecord[]>;
  /** How many records these are. */
  held: number;
  usedAt: number;
}
interface Reader {
  readonly bus: Bus;
  readonly kept: Map<string, Kept>;
  readonly mostKept: number;
}

/**
 * Answers what PUSHES says of a job since its verdict, up to the sequence that the leader names after the question. A single
 * repeat reads its own partition. A crowd, such as a backlog after a restart, reads its app's events once: what was read is kept
 * for as long as the crowd lasts, and only what came since is read for the next ones. What would be more than is kept is not held even
 * while it is read, but for the answers to those who ask now.
 */
export function openPushHistory(bus: Bus, mostKept = usuallyKept): PushFacts['history'] {
  const kept = new Map<string, Kept>();
  let running: Promise<unknown> = Promise.resolve();
  const batch = new Batch<Question, readonly PushRecord[]>(
    (questions) => {
      // One crowd after the other, so that the second one finds what the first has read.
      const answered = running.then(() => answer({ bus, kept, mostKept }, questions));
      running = answered.catch(() => undefined);
      return answered;
    },
    mostAtOnce,
    gatherMs,
  );
  return (app, { vendor, partition, jobId, settledAt }) =>
    batch.put({ app, vendor, partition, jobId, since: settledAt - clockSkewMs });
}

async function answer(
  reader: Reader,
  questions: readonly Question[],
): Promise<readonly (readonly PushRecord[])[]> {
  const { bus, kept } = reader;
  forgetOld(kept);
  // Asked now, of the leader: everything that was said before these jobs came again lies below it.
  const until = await bus.streamTail('PUSHES');
  const groups = Map.groupBy(questions, ({ app, vendor }) => `${app}\n${vendor}`);
  const found = new Map<string, Records>();
  for (const [key, group] of groups) found.set(key, await recordsOf(reader, key, group, until));
  return questions.map(({ app, vendor, jobId }) => found.get(`${app}\n${vendor}`)?.get(jobId) ?? []);
}

async function recordsOf(
  { bus, kept, mostKept }: Reader,
  key: string,
  group: readonly Question[],
  until: number,
): Promise<Records> {
  const [first] = group;
  if (first === undefined) return new Map();
  const { app, vendor } = first;
  const since = Math.max(
    0,
    group.reduce((earliest, question) => Math.min(earliest, question.since), first.since),
  );
  const known = kept.get(key);
  const partitions = new Set(group.map(({ partition }) => partition));
  if (known === undefined && partitions.size <= fewPartitions) {
    const subjects = [...partitions].map((partition) =>
      subjectPatterns.pushesOfPartition(app, partition, vendor),
    );
    const records = new Map<string, PushRecord[]>(group.map(({ jobId }) => [jobId, []]));
    await readPushes(bus, { subjects, startTime: since, untilSequence: until }, (jobId, record) =>
      records.get(jobId)?.push(record),
    );
    return records;
  }
  const place =
    known !== undefined && known.since <= since
      ? known
      : { since, until: 0, records: new Map<string, PushRecord[]>(), held: 0, usedAt: 0 };
  place.usedAt = performance.now();
  const range = { subjects: [subjectPatterns.pushesOf(app, vendor)], untilSequence: until };
  const from = place.until === 0 ? { startTime: since } : { startSequence: place.until + 1 };
  // Not kept while it is being read: what another crowd would find is not whole.
  kept.delete(key);
  if (place.until < until) {
    const asked = new Set(group.map(({ jobId }) => jobId));
    await readPushes(bus, { ...range, ...from }, (jobId, record) =>
      hold(place, asked, mostKept, jobId, record),
    );
    place.until = until;
  }
  if (place.held <= mostKept) kept.set(key, place);
  return place.records;
}

/** Above the bound only what is asked for now is held; the place is not kept then. */
function hold(
  place: Kept,
  asked: ReadonlySet<string>,
  mostKept: number,
  jobId: string,
  record: PushRecord,
): void {
  if (place.held > mostKept && !asked.has(jobId)) return;
  const records = place.records.get(jobId);
  if (records === undefined) place.records.set(jobId, [record]);
  else records.push(record);
  place.held += 1;
  if (place.held !== mostKept + 1) return;
  for (const known of place.records.keys()) if (!asked.has(known)) place.records.delete(known);
}

function forgetOld(kept: Map<string, Kept>): void {
  const now = performance.now();
  for (const [key, { usedAt }] of kept) if (now - usedAt > keptForMs) kept.delete(key);
}

type Range = Parameters<Bus['scan']>[1];

/** Tells every record of the range, up to the first event that is said not to be wanted any more. */
export async function readPushes(
  bus: Bus,
  range: Range,
  tell: (jobId: string, record: PushRecord) => void,
  isWanted: (storedAt: Instant) => boolean = () => true,
): Promise<void> {
  for await (const { subject, sequence, data, storedAt } of bus.scan('PUSHES', range)) {
    if (!isWanted(storedAt)) return;
    const event = parseSubject(subject)?.event;
    if (event === 'receipted') continue;
    const told = event == null ? null : (readers[event]?.(sequence, data) ?? null);
    if (told !== null) tell(told.jobId, told.record);
    // One event that cannot be read must not stop the repeats of all other jobs.
    else bus.logger.error('PUSHES holds an event that is not what the contracts say', { subject, sequence });
  }
}

const readers: Readonly<Record<string, (position: number, data: Uint8Array) => Told | null>> = {
  attempted: ofAttempt,
  closed: ofClosing,
  withdrawn: ofWithdrawal,
};

interface Told {
  readonly jobId: string;
  readonly record: PushRecord;
}

function ofAttempt(position: number, data: Uint8Array): Told | null {
  const parsed = pushAttemptedSchema.safeParse(jsonOf(data));
  if (!parsed.success) return null;
  const { jobId, attempt, deliveryCount, startedAt, outcomes } = parsed.data;
  const targets = outcomes.map(({ user, deviceId, outcome, requests, notBefore }) => ({
    user,
    deviceId,
    isFinal: outcome.kind !== 'deferred',
    isUnclassified: outcome.kind === 'rejected' && outcome.reason === 'unclassified',
    deferredFor: outcome.kind === 'deferred' ? outcome.reason : null,
    requests,
    mayBeShown:
      outcome.kind === 'accepted' || (outcome.kind === 'deferred' && outcome.reason === 'no-answer'),
    notBefore,
    waitsForQuota:
      outcome.kind === 'deferred' && outcome.reason === 'quota-spent' && outcome.retryAfterMs === null,
  }));
  return { jobId, record: { position, startedAt, attempt, deliveryCount, targets } };
}

function ofClosing(position: number, data: Uint8Array): Told | null {
  const parsed = pushClosedSchema.safeParse(jsonOf(data));
  if (!parsed.success) return null;
  const { jobId, attempt, deliveryCount, repeat, closedAt, targets } = parsed.data;
  // The delivery before it may have died behind its request.
  const mayBeShown = repeat || deliveryCount > 1;
  return {
    jobId,
    record: {
      position,
      startedAt: closedAt,
      attempt,
      deliveryCount: 0,
      targets: targets.map(({ user, deviceId }) => ({
        user,
        deviceId,
        isFinal: true,
        isUnclassified: false,
        deferredFor: null,
        requests: 0,
        mayBeShown,
        notBefore: null,
        waitsForQuota: false,
      })),
    },
  };
}

function ofWithdrawal(position: number, data: Uint8Array): Told | null {
  const parsed = pushWithdrawnSchema.safeParse(jsonOf(data));
  if (!parsed.success) return null;
  const { jobId, attempt, deliveryCount, startedAt, outcomes } = parsed.data;
  const targets = outcomes.map(({ user, deviceId, outcome, notBefore }) => ({
    user,
    deviceId,
    isFinal: outcome.kind !== 'deferred',
    isUnclassified: false,
    // No vendor remembers what it was asked to take back.
    deferredFor: null,
    requests: 0,
    mayBeShown: false,
    notBefore,
    waitsForQuota: false,
  }));
  return { jobId, record: { position, startedAt, attempt, deliveryCount, targets } };
}

function jsonOf(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    // Reported by the caller, as any other event that is not what it should be.
    return null;
  }
}
