import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../usage-error.js';

/** One town per data folder. @throws UsageError naming the process that has it. Gives how to let it go. */
export function takeDataFolder(data: string): () => void {
  const file = join(data, 'up.pid');
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    const holder = Number(readFileSync(file, 'utf8'));
    if (isAlive(holder))
      throw new UsageError(
        `a town already runs on ${data} (pid ${holder}): stop it, or choose another folder with --data DIR`,
      );
    // Its owner was killed: the file is only its echo.
    rmSync(file, { force: true });
  }
}

/** Whether a town runs on this folder now. */
export function isTaken(data: string): boolean {
  try {
    return isAlive(Number(readFileSync(join(data, 'up.pid'), 'utf8')));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
