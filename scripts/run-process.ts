import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { dirname } from 'node:path';

/** The folder of the project. */
export const projectFolder = dirname(import.meta.dirname);

export interface ProcessOptions {
  readonly folder?: string;
  /** `live` shows the output as it comes; `kept` only returns it. */
  readonly output: 'live' | 'kept';
  /** The whole process group is killed after this long; null waits for ever. */
  readonly timeoutMs?: number | null;
}

export interface ProcessEnd {
  /** Null when the process was ended by a signal. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  /** What the process had started and what was still there long after its end, each by its command; it is killed. */
  readonly leftProcesses: readonly string[];
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

const running = new Set<ChildProcess>();
const graceMs = 10_000;
/** What ends as it should still needs the machine for it, which may be busy. */
const goneWithinMs = 30_000;

function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

// A child leads a process group of its own, so the terminal's Ctrl-C does not reach it by itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    for (const child of running) signalGroup(child, signal);
    setTimeout(() => {
      for (const child of running) signalGroup(child, 'SIGKILL');
      process.exit(1);
    }, graceMs).unref();
    if (running.size === 0) process.exit(1);
    wasInterrupted = true;
  });
}

let wasInterrupted = false;

/** True once the user or the system has asked this process to end; nothing new should be started then. */
export function isInterrupted(): boolean {
  return wasInterrupted;
}

/** The commands of the processes in the child's group. */
function namesOfGroup(child: ChildProcess): string[] {
  const said = spawnSync('ps', ['-A', '-o', 'pgid=,pid=,args='], { encoding: 'utf8' });
  const lines = (said.stdout ?? '').split('\n').map((line) => line.trim());
  const ofGroup = lines.filter((line) => line.split(/\s+/, 1)[0] === String(child.pid));
  return ofGroup.length === 0 ? [`of the group ${child.pid}`] : ofGroup.map((line) => line.slice(0, 200));
}

async function groupIsGone(child: ChildProcess, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  while (signalGroup(child, 0)) {
    if (performance.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}

/** Runs a program to its end, in a process group of its own that is gone afterwards. */
export async function runProcess(
  program: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessEnd> {
  const startedAt = performance.now();
  const isLive = options.output === 'live';
  const child = spawn(program, args, {
    cwd: options.folder ?? projectFolder,
    // The child writes into a pipe: whether colours are welcome is known only here.
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    if (isLive) process.stdout.write(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (isLive) process.stderr.write(text);
  });

  let timedOut = false;
  let killTimer: NodeJS.Timeout | undefined;
  const timeoutTimer =
    options.timeoutMs == null
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          signalGroup(child, 'SIGTERM');
          killTimer = setTimeout(() => signalGroup(child, 'SIGKILL'), graceMs);
        }, options.timeoutMs);

  const end = await new Promise<{ exitCode: number | null; signal: NodeJS.Signals | null }>(
    (resolve, reject) => {
      child.once('error', reject);
      // Not `close`: a process that was left behind would hold the pipes open.
      child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
    },
  ).finally(() => {
    clearTimeout(timeoutTimer);
    clearTimeout(killTimer);
    running.delete(child);
  });

  const isGone = await groupIsGone(child, goneWithinMs);
  const leftProcesses = isGone ? [] : namesOfGroup(child);
  if (!isGone) signalGroup(child, 'SIGKILL');
  if (!child.stdout.readableEnded || !child.stderr.readableEnded) await drained(child);
  return {
    ...end,
    timedOut,
    leftProcesses,
    stdout,
    stderr,
    tookMs: performance.now() - startedAt,
  };
}

/** Resolves when both pipes have ended, or after a second: a process outside the group may hold them. */
async function drained(child: ChildProcess): Promise<void> {
  const ended = [child.stdout, child.stderr].map(
    (pipe) =>
      new Promise<void>((resolve) =>
        pipe === null || pipe.readableEnded ? resolve() : pipe.once('end', resolve),
      ),
  );
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 1_000);
  });
  await Promise.race([Promise.all(ended), late]);
  clearTimeout(timer);
  child.stdout?.destroy();
  child.stderr?.destroy();
}
