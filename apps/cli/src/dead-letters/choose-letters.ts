import type { Letter } from './letter-log.js';

/** Which letters are meant; what is null or empty leaves everything. */
export interface LetterChoice {
  readonly numbers: readonly number[];
  readonly app: string | null;
  readonly vendor: string | null;
  readonly consumer: string | null;
  /** Part of the reason, in any case of letters. */
  readonly reason: string | null;
  /** Given up at or after this time, and before that one. */
  readonly sinceAt: number | null;
  readonly untilAt: number | null;
  /** The first so many, oldest first. */
  readonly limit: number | null;
}

export function chooseLetters(letters: readonly Letter[], choice: LetterChoice): Letter[] {
  const { numbers, app, vendor, consumer, reason, sinceAt, untilAt, limit } = choice;
  const wanted = letters.filter(
    (letter) =>
      (numbers.length === 0 || numbers.includes(letter.letter)) &&
      (app === null || letter.app === app) &&
      (vendor === null || letter.vendor === vendor) &&
      (consumer === null || letter.content.consumer === consumer) &&
      (reason === null || letter.content.reason.toLowerCase().includes(reason.toLowerCase())) &&
      (sinceAt === null || letter.content.parkedAt >= sinceAt) &&
      (untilAt === null || letter.content.parkedAt < untilAt),
  );
  return limit === null ? wanted : wanted.slice(0, limit);
}
