import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../usage-error.js';
import type { TownFile } from './ready-line.js';

const patienceMs = 15_000;
const lookEveryMs = 100;

/**
 * Waits until what a killed supervisor has left behind is gone: it ends by itself, and two servers on one store must not be.
 * @throws UsageError naming what does not go.
 */
export async function lastTownGone(data: string): Promise<void> {
  const file = join(data, 'town.json');
  if (!existsSync(file)) return;
  const { run, children } = JSON.parse(readFileSync(file, 'utf8')) as TownFile;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const left = children.filter(({ pid }) => isOfRun(pid, run));
    if (left.length === 0) return;
    if (performance.now() > deadline) {
      const names = left.map(({ name, pid }) => `${name} (pid ${pid})`).join(', ');
      throw new UsageError(`the last town on ${data} has left ${names}: end that first`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** Where the environment of a process cannot be read, a number that is in use does not tell whose it is. */
function isOfRun(pid: number, run: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`REVEILLE_RUN=${run}`);
  } catch {
    return false;
  }
}
