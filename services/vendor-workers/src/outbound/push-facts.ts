import type { Bus } from '@reveille/bus/connect';
import { type TargetsAnswer, type TargetsAsk, targetsAnswerSchema } from '@reveille/contracts/ask/presence';
import { type StandingAnswer, type StandingAsk, standingAnswerSchema } from '@reveille/contracts/ask/router';
import { ContractError } from '@reveille/contracts/errors';
import type { AppId } from '@reveille/contracts/ids';
import { pushAttemptedSchema, pushClosedSchema } from '@reveille/contracts/push/events';
import type { PushJob } from '@reveille/contracts/push/job';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { parseSubject, subjectPatterns, subjects } from '@reveille/contracts/subjects';
import type { PushFacts, PushRecord } from '../ports.js';
import { Batch } from './batch.js';

type TargetQuestion = TargetsAsk['targets'][number];
type StandingQuestion = StandingAsk['pushes'][number];
interface HistoryQuestion {
  readonly app: AppId;
  readonly vendor: VendorName;
  readonly partition: number;
  readonly jobId: string;
  readonly since: number;
}

const mostPerAsk = 500;
const gatherMs = 2;
/** Repeats come in crowds, after a crash: one scan for all of a crowd. */
const gatherRepeatsMs = 10;
const mostPerScan = 5_000;
/** Beyond this many partitions one wide scan reads less than many narrow ones. */
const mostPartitions = 4;
/** The verdict's time is the router's clock, the stream's time is the server's. */
const clockSkewMs = 10_000;

/** Asks presence and router over the bus and reads PUSHES, in batches over all jobs at hand. */
export function openPushFacts(bus: Bus): PushFacts {
  const targets = new Batch<TargetQuestion, TargetsAnswer['targets'][number]>(
    async (questions) => (await bus.asker.ask(subjects.askTargets(), { targets: questions }, { schema: targetsAnswerSchema })).targets,
    mostPerAsk,
    gatherMs,
  );
  const standing = new Batch<StandingQuestion, StandingAnswer['closed'][number]>(
    async (questions) => (await bus.asker.ask(subjects.askStanding(), { pushes: questions }, { schema: standingAnswerSchema })).closed,
    mostPerAsk,
    gatherMs,
  );
  const history = new Batch<HistoryQuestion, readonly PushRecord[]>((questions) => scan(bus, questions), mostPerScan, gatherRepeatsMs);
  return {
    bindings: (app, vendor, kind, asked) =>
      Promise.all(asked.map(({ user, deviceId }) => targets.put({ app, user, deviceId, vendor, kind }))),
    standing: (app, messageId, asked) =>
      Promise.all(asked.map(({ user, deviceId }) => standing.put({ app, messageId, user, deviceId }))),
    history: (app, { vendor, partition, jobId, settledAt }) => history.put({ app, vendor, partition, jobId, since: settledAt }),
  };
}

async function scan(bus: Bus, questions: readonly HistoryQuestion[]): Promise<readonly (readonly PushRecord[])[]> {
  const keyOf = (app: AppId, jobId: string) => `${app}\n${jobId}`;
  const records = new Map<string, PushRecord[]>(questions.map(({ app, jobId }) => [keyOf(app, jobId), []]));
  // Asked now, of the leader: everything that was said before these jobs came again lies below it.
  const untilSequence = await bus.streamTail('PUSHES');
  const startTime = Math.min(...questions.map(({ since }) => since)) - clockSkewMs;
  for await (const stored of bus.scan('PUSHES', { subjects: patternsOf(questions), startTime: Math.max(0, startTime), untilSequence })) {
    const place = parseSubject(stored.subject);
    const record = place === null ? null : recordOf(place.event, JSON.parse(Buffer.from(stored.data).toString()));
    if (place === null || record === null) continue;
    records.get(keyOf(place.app, record.data.jobId))?.push(record);
  }
  return questions.map(({ app, jobId }) => records.get(keyOf(app, jobId)) ?? []);
}

function patternsOf(questions: readonly HistoryQuestion[]): string[] {
  const partitions = new Map<string, Set<number>>();
  for (const { app, vendor, partition } of questions) {
    const key = `${app}\n${vendor}`;
    partitions.set(key, (partitions.get(key) ?? new Set()).add(partition));
  }
  return [...partitions].flatMap(([key, numbers]) => {
    const [app = '', vendor = ''] = key.split('\n');
    if (numbers.size > mostPartitions) return [subjectPatterns.pushesOf(app, vendor as VendorName)];
    return [...numbers].map((number) => subjectPatterns.pushesOfPartition(app, number, vendor as VendorName));
  });
}

function recordOf(event: string | null, data: unknown): PushRecord | null {
  if (event === 'attempted') return { type: 'push-attempted', data: read(pushAttemptedSchema, data) };
  if (event === 'closed') return { type: 'push-closed', data: read(pushClosedSchema, data) };
  return null;
}

function read<T>(schema: { safeParse(data: unknown): { success: true; data: T } | { success: false; error: Error } }, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new ContractError('PUSHES holds an event that is not what the contracts say', { cause: parsed.error });
  return parsed.data;
}
