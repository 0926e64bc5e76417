import { decodeFact } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import { readData } from '@reveille/contracts/read-data';
import { parseSubject, subjectPatterns } from '@reveille/contracts/subjects';

/** One fact about a message as the log has it. */
export interface LogFact {
  readonly type: string;
  readonly at: number;
  readonly position: number;
  readonly stream: string;
  readonly subject: string;
  readonly data: unknown;
}

const sources = [
  { stream: 'MESSAGES', context: 'message' },
  { stream: 'DELIVERIES', context: 'delivery' },
  { stream: 'PUSHES', context: 'push' },
] as const;
const uuidV7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * Every fact about a message, straight from JetStream, oldest first. A UUIDv7 tells when it was made, so the read begins
 * there; an id of a platform's own is looked for in the whole log.
 */
export async function readStory(bus: Bus, app: string, messageId: string): Promise<LogFact[]> {
  const madeAt = timeOf(messageId);
  const facts: LogFact[] = [];
  // All facts of a message carry its partition: once it is known it narrows the reads that follow.
  let partition: number | null = null;
  for (const { stream, context } of sources) {
    const untilSequence = await bus.streamTail(stream);
    if (untilSequence === 0) continue;
    const found: LogFact[] = [];
    const start = madeAt === null ? { startSequence: 1 } : { startTime: madeAt - 60_000 };
    for await (const stored of bus.scan(stream, {
      ...start,
      subjects: [subjectPatterns.factsOf(context, app, partition)],
      untilSequence,
    })) {
      const envelope = decodeFact(stored);
      const data = readData(envelope.type, envelope.version, envelope.data) as { messageId?: string };
      if (data.messageId !== messageId) continue;
      found.push({
        type: envelope.type,
        at: stored.storedAt,
        position: stored.sequence,
        stream,
        subject: stored.subject,
        data,
      });
    }
    partition ??= parseSubject(found[0]?.subject ?? '')?.partition ?? null;
    facts.push(...found);
  }
  return facts.sort((a, b) => a.at - b.at);
}

function timeOf(messageId: string): number | null {
  const match = uuidV7.exec(messageId);
  return match === null ? null : Number.parseInt(`${match[1]}${match[2]}`, 16);
}
