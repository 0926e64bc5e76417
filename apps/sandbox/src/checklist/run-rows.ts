import type { ChecklistRow, Checks } from './rows.js';

export interface Tally {
  rows: number;
  matched: number;
  /** Ids that stand on one side only: in the page without a check, or the reverse. */
  readonly unmatched: string[];
  failed: number;
}

export interface RowRunner<Bench> {
  readonly bench: Bench;
  /** Puts the sandbox back before the next row. */
  reset(): Promise<void>;
  print(line: string): void;
}

const longestRowMs = 30_000;

/** Sends every row's request and prints what came back beside what the documents say. */
export async function runRows<Bench>(
  rows: readonly ChecklistRow[],
  checks: Checks<Bench>,
  runner: RowRunner<Bench>,
): Promise<Tally> {
  const tally: Tally = { rows: rows.length, matched: 0, unmatched: [], failed: 0 };
  for (const id of Object.keys(checks)) if (!rows.some((row) => row.id === id)) tally.unmatched.push(id);
  for (const row of rows) {
    const check = checks[row.id];
    if (check === undefined) {
      tally.unmatched.push(row.id);
      continue;
    }
    const got = await Promise.race([
      check(runner.bench).catch((error: unknown) => `broke: ${describe(error)}`),
      outOfTime(),
    ]);
    await runner.reset();
    const isRight = got === row.documented;
    if (isRight) tally.matched++;
    else tally.failed++;
    runner.print(
      `${isRight ? 'ok  ' : 'FAIL'} ${row.id.padEnd(9)} ${row.request} · documented: ${row.documented} · got: ${got}`,
    );
  }
  for (const id of tally.unmatched)
    runner.print(`FAIL ${id.padEnd(9)} stands on one side only: in the page or among the checks`);
  return tally;
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function outOfTime(): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(`nothing within ${longestRowMs / 1_000} s`), longestRowMs).unref();
  });
}
