import { createInterface } from 'node:readline/promises';

/** Asks the person at the terminal; where there is none, or they have said yes before, the answer is yes. */
export async function confirm(question: string, saysYes: boolean): Promise<boolean> {
  if (saysYes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
