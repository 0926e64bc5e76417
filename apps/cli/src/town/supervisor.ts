import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, renameSync, type WriteStream, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnv } from '@reveille/chassis/env';
import { UsageError } from '../usage-error.js';
import type { TownFile } from './ready-line.js';

export interface ChildPlan {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  readonly port: number | null;
  /** It ends by itself when its standard input does; others are watched by the guardian. */
  readonly noticesParent: boolean;
  readonly stopSignal: NodeJS.Signals;
  /** Resolves true once it may be worked with. */
  isReady(): Promise<boolean>;
}

interface Child {
  readonly plan: ChildPlan;
  readonly log: WriteStream;
  process: ChildProcess | null;
  /** It was ready once: from then on it is started again when it ends. */
  hasBeenReady: boolean;
  /** The process that runs now was ready. */
  isReady: boolean;
  restarts: number;
  startedAt: number;
  failures: number;
  lastWords: string[];
}

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 25_000;
const longestBackoffMs = 5_000;

/** Starts the processes of a town, starts again whatever dies, and stops them all in reverse order. */
export class Supervisor {
  readonly #children: Child[] = [];
  readonly #guardian: ChildProcess;
  #isStopping = false;
  #stopped: Promise<void> | null = null;

  constructor(
    private readonly data: string,
    private readonly run: string,
    private readonly onRestart: (name: string, why: string) => void,
  ) {
    mkdirSync(join(data, 'logs'), { recursive: true });
    this.#guardian = spawn(process.execPath, [join(import.meta.dirname, 'guardian.js')], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
      env: { ...inheritedEnv(), REVEILLE_RUN: run },
    });
    // A guardian that dies must not take the town with it.
    this.#guardian.stdin?.on('error', () => {});
  }

  get townFile(): string {
    return join(this.data, 'town.json');
  }

  /**
   * Starts one process and waits until it is ready.
   * @throws with its last words when it ends or does not get ready, and when the town is stopped meanwhile.
   */
  async start(plan: ChildPlan): Promise<void> {
    if (this.#isStopping) throw stopped();
    const log = createWriteStream(join(this.data, 'logs', `${plan.name}.log`), { flags: 'a' });
    const child: Child = {
      plan,
      log,
      process: null,
      hasBeenReady: false,
      isReady: false,
      restarts: 0,
      startedAt: 0,
      failures: 0,
      lastWords: [],
    };
    this.#children.push(child);
    this.#launch(child, plan.env);
    const deadline = performance.now() + readyTimeoutMs;
    while (!(await plan.isReady())) {
      if (this.#isStopping) throw stopped();
      if (child.process === null) throw new UsageError(this.#failure(child, 'ended at its start'));
      if (performance.now() > deadline)
        throw new UsageError(this.#failure(child, `was not ready within ${readyTimeoutMs} ms`));
      await pause(25);
    }
    child.hasBeenReady = true;
    child.isReady = true;
  }

  #failure({ plan, lastWords }: Child, what: string): string {
    return `${plan.name} ${what} (all of it: ${join(this.data, 'logs', `${plan.name}.log`)}):\n  ${lastWords.join('\n  ')}`;
  }

  /** Stops all, last started first; nothing is left. Asked again, it is the same stop: a second signal would cut a drain short. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  async #stopAll(): Promise<void> {
    this.#isStopping = true;
    for (const child of [...this.#children].reverse()) {
      await this.#stopOne(child);
      await new Promise<void>((resolve) => child.log.end(() => resolve()));
    }
    if (this.#guardian.exitCode === null && this.#guardian.signalCode === null) {
      this.#guardian.stdin?.end();
      await once(this.#guardian, 'exit');
    }
  }

  /** For a second Ctrl-C: all at once, without manners. */
  killAll(): void {
    this.#isStopping = true;
    for (const { process: running } of this.#children) running?.kill('SIGKILL');
  }

  #launch(child: Child, env: Readonly<Record<string, string>>): void {
    const { file, args, uid, gid, noticesParent, name } = child.plan;
    const started = spawn(file, [...args], {
      env: { ...env, REVEILLE_RUN: this.run, ...(noticesParent ? { REVEILLE_PARENT: 'stdin' } : {}) },
      stdio: [noticesParent ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C at the terminal is for the supervisor, which keeps the order.
      detached: true,
      cwd: '/',
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
    child.process = started;
    child.startedAt = Math.round(performance.timeOrigin + performance.now());
    started.stdin?.on('error', () => {});
    const listen = (chunk: Buffer): void => {
      child.log.write(chunk);
      child.lastWords = [
        ...child.lastWords,
        ...chunk
          .toString()
          .split('\n')
          .filter((line) => line !== ''),
      ].slice(-5);
    };
    started.stdout?.on('data', listen);
    started.stderr?.on('data', listen);
    started.once('error', (error) => child.lastWords.push(`${name} cannot be started: ${error.message}`));
    started.once('close', (code, signal) => this.#ended(child, started, signal ?? `exit code ${code}`));
    if (!noticesParent && started.pid !== undefined) this.#guardian.stdin?.write(`+${started.pid}\n`);
    this.#writeTownFile();
  }

  #ended(child: Child, ended: ChildProcess, why: string): void {
    if (child.process !== ended) return;
    child.process = null;
    if (ended.pid !== undefined) this.#guardian.stdin?.write(`-${ended.pid}\n`);
    if (this.#isStopping || !child.hasBeenReady) return;
    // What was ready and then died is needed again at once; what dies before has to mend something first.
    child.failures = child.isReady ? 0 : child.failures + 1;
    const backoff = child.failures === 0 ? 0 : Math.min(longestBackoffMs, 100 * 2 ** (child.failures - 1));
    child.log.write(
      `${JSON.stringify({ level: 'warn', service: 'supervisor', message: `${child.plan.name} ended, starting it again`, why })}\n`,
    );
    this.onRestart(child.plan.name, why);
    setTimeout(() => {
      if (this.#isStopping) return;
      child.restarts += 1;
      // A crash that a test planned happens once.
      const { REVEILLE_CRASH_AT: _once, ...env } = child.plan.env;
      this.#launch(child, env);
      void this.#noteReady(child);
    }, backoff);
  }

  /** Until the process that was started again is ready, or has ended. */
  async #noteReady(child: Child): Promise<void> {
    const { process: started } = child;
    child.isReady = false;
    while (!this.#isStopping && child.process === started) {
      if (await child.plan.isReady()) {
        child.isReady = child.process === started;
        return;
      }
      await pause(100);
    }
  }

  async #stopOne(child: Child): Promise<void> {
    const running = child.process;
    if (running === null || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'close');
    running.kill(child.plan.stopSignal);
    const timer = setTimeout(() => running.kill('SIGKILL'), stopTimeoutMs);
    await ended;
    clearTimeout(timer);
  }

  /** Written beside and moved into place: a reader never sees half of it. */
  #writeTownFile(): void {
    const file: TownFile = {
      run: this.run,
      supervisorPid: process.pid,
      children: this.#children.flatMap(({ plan, process: running, restarts, startedAt }) =>
        running?.pid === undefined
          ? []
          : [{ name: plan.name, pid: running.pid, port: plan.port, restarts, startedAt }],
      ),
    };
    const draft = `${this.townFile}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(file));
    renameSync(draft, this.townFile);
  }
}

const stopped = (): Error => new UsageError('stopped before it was ready');

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
