import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import type { Bus } from '@reveille/bus/connect';
import {
  type DeadLetter,
  deadLetterSchema,
  type DeadLetterSettlement,
} from '@reveille/contracts/dead-letter';
import { readData } from '@reveille/contracts/read-data';
import { parseSubject } from '@reveille/contracts/subjects';

/** What an operator did about a letter. */
export interface LetterEnd {
  readonly as: 'redriven' | 'dropped';
  /** By the stream's clock. */
  readonly at: number;
  readonly by: string;
  readonly because: string | null;
}

/** Work that was given up, and what became of it. */
export interface Letter {
  /** Its position in DEAD_LETTERS: what operators call it. */
  readonly letter: number;
  readonly app: string | null;
  /** Null where the work has to do with no vendor. */
  readonly vendor: string | null;
  readonly messageId: string | null;
  readonly jobId: string | null;
  readonly content: DeadLetter;
  /** Null: it waits for somebody. */
  readonly end: LetterEnd | null;
}

/** Every letter that is kept, oldest first. */
export async function readLetters(bus: Bus): Promise<Letter[]> {
  const untilSequence = await bus.streamTail('DEAD_LETTERS');
  const letters: Omit<Letter, 'end'>[] = [];
  const ends = new Map<number, LetterEnd>();
  for await (const stored of bus.scan('DEAD_LETTERS', { subjects: [], untilSequence })) {
    if (parseSubject(stored.subject) === null) letters.push(letterOf(stored));
    else {
      const { letter, end } = endOf(stored);
      ends.set(letter, end);
    }
  }
  return letters.map((letter) => ({ ...letter, end: ends.get(letter.letter) ?? null }));
}

function letterOf({ sequence, data }: StoredMessage): Omit<Letter, 'end'> {
  const content = deadLetterSchema.parse(JSON.parse(Buffer.from(data).toString()));
  const place = parseSubject(content.subject);
  return {
    letter: sequence,
    app: place?.app ?? null,
    vendor: place?.vendor ?? null,
    messageId: textIn(content.data, 'messageId'),
    jobId: textIn(content.data, 'jobId'),
    content,
  };
}

function endOf(stored: StoredMessage): { letter: number; end: LetterEnd } {
  const { type, version, data } = decodeFact(stored);
  const { letter, by, because } = readData(type, version, data) as DeadLetterSettlement;
  const as = type === 'dead-letter-dropped' ? 'dropped' : 'redriven';
  return { letter, end: { as, at: stored.storedAt, by, because } };
}

function textIn(data: unknown, field: string): string | null {
  const value: unknown =
    typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[field] : null;
  return typeof value === 'string' ? value : null;
}
