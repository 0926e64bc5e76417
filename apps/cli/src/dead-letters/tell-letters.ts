import type { Letter } from './letter-log.js';

const timeOf = (at: number): string => new Date(at).toISOString();

/** A letter in one line. */
export function printLetter({ letter, app, vendor, messageId, content, end }: Letter): string {
  const about = [
    app === null ? null : `app ${app}`,
    vendor,
    messageId === null ? null : `message ${messageId}`,
  ].filter((part) => part !== null);
  const { parkedAt, consumer, reason } = content;
  const became = end === null ? '' : `  [${printEnd(end)}]`;
  return `${String(letter).padStart(6)}  ${timeOf(parkedAt)}  ${consumer}  ${about.join(', ')}  ${reason}${became}`;
}

/** The letters of one message, as lines of its story. */
export function printLettersOf(letters: readonly Letter[]): string[] {
  return letters.flatMap(({ letter, content, end }) => [
    `${timeOf(content.parkedAt)}  given up by ${content.consumer}: ${content.reason} (dead letter ${letter})`,
    ...(end === null ? [] : [`${timeOf(end.at)}  dead letter ${letter} ${printEnd(end)}`]),
  ]);
}

function printEnd({ as, by, because }: NonNullable<Letter['end']>): string {
  return `${as} by ${by}${because === null ? '' : `: ${because}`}`;
}
