import { execFileSync } from 'node:child_process';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../usage-error.js';

const lockFile = (data: string): string => join(data, 'up.pid');

/** One town per data folder. @throws UsageError naming the process that has it. Gives how to let it go. */
export function takeDataFolder(data: string): () => void {
  const file = lockFile(data);
  // Written beside and linked into place: nobody sees it empty and takes it for an echo.
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${process.pid} ${birthOf(process.pid) ?? ''}`);
  try {
    while (!isLinked(draft, file)) {
      const holder = holderOf(data);
      if (holder !== null)
        throw new UsageError(
          `a town already runs on ${data} (pid ${holder}): stop it, or choose another folder with --data DIR`,
        );
      // Its owner was killed: the file is only its echo.
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(draft, { force: true });
  }
  return () => rmSync(file, { force: true });
}

/** Whether a town runs on this folder now. */
export function isTaken(data: string): boolean {
  return holderOf(data) !== null;
}

function isLinked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** The pid of the town that has the folder. A process that only got the same number later has another birth. */
function holderOf(data: string): number | null {
  let text: string;
  try {
    text = readFileSync(lockFile(data), 'utf8');
  } catch {
    return null;
  }
  const [pid = '', ...birth] = text.split(' ');
  return birthOf(Number(pid)) === birth.join(' ') ? Number(pid) : null;
}

/** When a process began, in words that are only compared; null when there is none. */
export function birthOf(pid: number): string | null {
  try {
    if (process.platform !== 'linux')
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isZombie = fields[0] === 'Z';
    return isZombie ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}
