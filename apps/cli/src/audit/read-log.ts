import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { readData } from '@reveille/contracts/read-data';
import type { StreamName } from '@reveille/contracts/streams';
import { subjectPatterns } from '@reveille/contracts/subjects';
import type { LogEntry } from './log-entry.js';
import { traceIdOf } from './trace-id.js';

interface Source {
  readonly stream: StreamName;
  readonly subjects: readonly string[];
  readonly types: ReadonlySet<string>;
}

/** In the order in which the audit wants them: a verdict before what follows from it. */
const sources: readonly Source[] = [
  { stream: 'MESSAGES', subjects: [subjectPatterns.messages], types: new Set(['message-accepted']) },
  { stream: 'DELIVERIES', subjects: [subjectPatterns.deliveries], types: new Set(['delivery-settled']) },
  {
    stream: 'PUSH_JOBS',
    subjects: [subjectPatterns.pushJobs, subjectPatterns.pushLater],
    types: new Set(['push-job']),
  },
  {
    stream: 'DEAD_LETTERS',
    subjects: [subjectPatterns.deadLettersSettled],
    types: new Set(['dead-letter-redriven', 'dead-letter-dropped']),
  },
  { stream: 'PUSHES', subjects: [subjectPatterns.pushes], types: new Set(['push-attempted', 'push-closed']) },
];

/** What could not be read: named, never left out in silence. */
export interface UnreadableEntry {
  readonly stream: string;
  readonly sequence: number;
  readonly because: string;
}

export interface LogRead {
  readonly entries: LogEntry[];
  readonly unreadable: UnreadableEntry[];
}

/** Reads the whole log, up to what is stored at this moment. `onProgress` hears how many were read. */
export async function readLog(bus: Bus, onProgress: (read: number) => void = () => {}): Promise<LogRead> {
  const read: LogRead = { entries: [], unreadable: [] };
  for (const { stream, subjects, types } of sources) {
    const untilSequence = await bus.streamTail(stream);
    if (untilSequence === 0) continue;
    for await (const stored of bus.scan(stream, { startSequence: 1, subjects, untilSequence })) {
      take(stored, types, read);
      if (read.entries.length % 10_000 === 0) onProgress(read.entries.length);
    }
  }
  return read;
}

function take(stored: StoredMessage, types: ReadonlySet<string>, read: LogRead): void {
  try {
    const envelope = decodeFact(stored);
    if (!types.has(envelope.type)) return;
    const data = readData(envelope.type, envelope.version, envelope.data);
    const { sequence, storedAt } = stored;
    const traceId = traceIdOf(envelope.traceparent);
    const place = { app: envelope.app, sequence, storedAt, traceId };
    read.entries.push({ ...place, type: envelope.type, data } as LogEntry);
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    read.unreadable.push({ stream: stored.stream, sequence: stored.sequence, because });
  }
}
