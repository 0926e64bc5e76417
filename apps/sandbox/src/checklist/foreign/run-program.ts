import { spawn } from 'node:child_process';

export interface ProgramResult {
  /** Null when it could not be started or was killed. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, within a deadline. Variables are added to this process's own environment. */
export function runProgram(
  command: readonly string[],
  variables: Readonly<Record<string, string>>,
  deadlineMs: number,
): Promise<ProgramResult> {
  const [program = '', ...args] = command;
  // `env` hands the environment on, so that nothing here has to read it.
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return new Promise((resolve) => {
    const child = spawn('env', [...assignments, program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: deadlineMs,
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    const end = (exitCode: number | null): void =>
      resolve({
        exitCode,
        stdout: Buffer.concat(out).toString('utf8'),
        stderr: Buffer.concat(err).toString('utf8'),
      });
    child.on('error', () => end(null));
    child.on('close', end);
  });
}

/** The first line of what went wrong. */
export function complaintOf({ stderr, stdout, exitCode }: ProgramResult): string {
  const [line] = `${stderr}\n${stdout}`.split('\n').filter((each) => each.trim() !== '');
  return line ?? `it ended with ${exitCode ?? 'a signal'}`;
}
