import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../harness/scenario.js';

const run = promisify(execFile);

/** A container engine, ours for the time being or the one that runs here anyway. */
export interface Engine {
  /** @throws with what docker said, when it fails. */
  docker(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string>;
  /** `docker import` of a folder as it lies there. */
  importFolder(folder: string, args: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Why not, where there is no engine and none can be started. */
export async function openEngine(): Promise<Engine | { readonly lacking: string }> {
  if (whereIs('docker') === null) return { lacking: 'there is no docker on this machine' };
  if (!works(['compose', 'version'])) return { lacking: 'docker has no compose plugin (docker compose)' };
  if (works(['info'])) return engine({}, async () => {});
  if (process.getuid?.() !== 0 || whereIs('dockerd') === null)
    return { lacking: 'no docker engine runs, and none can be started (dockerd, as root)' };
  return startEngine();
}

async function startEngine(): Promise<Engine | { readonly lacking: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-docker-'));
  const at = (name: string): string => join(folder, name);
  const host = `unix://${at('docker.sock')}`;
  const log = openSync(at('log'), 'w');
  const args = ['--host', host, '--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')];
  const daemon = spawn('dockerd', args, { stdio: ['ignore', log, log] });
  closeSync(log);
  const stop = async (): Promise<void> => {
    await end(daemon);
    rmSync(folder, { recursive: true, force: true });
  };
  const answers = (): boolean => works(['info'], { DOCKER_HOST: host });
  try {
    await until('dockerd answers', () => daemon.exitCode !== null || answers(), {
      withinMs: 30_000,
      everyMs: 200,
    });
    if (daemon.exitCode === null) return engine({ DOCKER_HOST: host }, stop);
  } catch {
    // Said below.
  }
  await stop();
  return { lacking: 'dockerd does not start here' };
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return;
  daemon.kill('SIGTERM');
  await once(daemon, 'exit');
}

function engine(at: Readonly<Record<string, string>>, stop: () => Promise<void>): Engine {
  const surroundings = { ...process.env, ...at };
  return {
    async docker(args, env = {}) {
      try {
        const options = { env: { ...surroundings, ...env }, maxBuffer: 64 * 1024 ** 2 };
        return (await run('docker', [...args], options)).stdout;
      } catch (cause) {
        const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
        const words = `${stdout}${stderr}`.slice(-3_000);
        throw new Error(`docker ${args.slice(0, 3).join(' ')}: ${words}`, { cause });
      }
    },
    async importFolder(folder, args) {
      const pack = spawn('tar', ['-C', folder, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
      const load = spawn('docker', ['import', ...args], {
        env: surroundings,
        stdio: [pack.stdout, 'ignore', 'inherit'],
      });
      const codes = await Promise.all([pack, load].map((child) => once(child, 'exit')));
      if (codes.some(([code]) => code !== 0)) throw new Error(`docker import of ${args.at(-1)} failed`);
    },
    stop,
  };
}

function works(args: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  try {
    execFileSync('docker', args, { stdio: 'ignore', env: { ...process.env, ...env } });
    return true;
  } catch {
    return false;
  }
}

/** The program's place on PATH (or at that path); null when it is not there. */
export function whereIs(program: string): string | null {
  try {
    return execFileSync('/bin/sh', ['-c', 'command -v "$0"', program], { encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
