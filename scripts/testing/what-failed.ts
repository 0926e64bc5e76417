import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A test as vitest's JSON report has it. */
export interface VitestTest {
  /** The names of the `describe`s that it stands in, the outermost first. */
  readonly ancestorTitles: readonly string[];
  readonly title: string;
  readonly status: string;
  /** Absent for a test that did not fail. */
  readonly failureMessages?: readonly string[];
  /** What a spec says of its tests beside their names. */
  readonly meta?: Readonly<Record<string, unknown>>;
}

const mostLines = 12;
const widest = 400;

/** One line for each test of a spec that failed: file > titles: the first line of what it said. */
export function failedTests(folder: string, file: string, tests: readonly VitestTest[]): string[] {
  return tests
    .filter(({ status }) => status === 'failed')
    .map(({ ancestorTitles, title, failureMessages }) => {
      const path = [relative(folder, file), ...ancestorTitles, title].join(' > ');
      return oneLine(`${path}: ${failureMessages?.[0] ?? 'it said nothing'}`);
    });
}

/** The lines of a scenario's output that tell a check which failed; of a long story the first line. */
export function failedLines(words: string): string[] {
  return stripVTControlCharacters(words)
    .split('\n')
    .filter((line) => /^ ?FAIL /.test(line))
    .map(oneLine);
}

/** What a tool said first that is neither a warning nor drawn. */
export function firstWords(words: string, most = 4): string[] {
  return stripVTControlCharacters(words)
    .split('\n')
    .filter((line) => /\w/.test(line) && !line.startsWith('warning ') && !line.includes('━'))
    .slice(0, most)
    .map(oneLine);
}

/** As many lines as somebody reads who sees only the end of a log, and how many more there are. */
export function fewOf(lines: readonly string[]): string[] {
  if (lines.length <= mostLines) return [...lines];
  return [...lines.slice(0, mostLines), `… and ${lines.length - mostLines} more above`];
}

function oneLine(text: string): string {
  const [first = ''] = stripVTControlCharacters(text).trim().split('\n');
  return first.length <= widest ? first : `${first.slice(0, widest)}…`;
}
