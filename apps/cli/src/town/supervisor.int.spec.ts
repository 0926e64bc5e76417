import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inherited } from './child-surroundings.js';
import type { TownFile } from './ready-line.js';
import { type ChildPlan, Supervisor } from './supervisor.js';

describe('the supervisor', () => {
  let data: string;
  let restarted: string[];
  let supervisor: Supervisor;
  let onRestart: (name: string) => void;

  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'reveille-supervisor-'));
    restarted = [];
    onRestart = (name) => void restarted.push(name);
    supervisor = new Supervisor(data, 'run-1', (name) => onRestart(name));
  });
  afterEach(async () => {
    await supervisor.stop();
    rmSync(data, { recursive: true, force: true });
  });

  /** A process that writes its pid into a file once it is up, and rests. */
  function restful(name: string, script = ''): ChildPlan & { readonly pidFile: string } {
    const pidFile = join(data, `${name}.pid`);
    const rest = `require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1e6)`;
    return {
      name,
      pidFile,
      file: process.execPath,
      args: ['-e', `${script}\n${rest}`],
      env: inherited(),
      port: null,
      noticesParent: false,
      stopSignal: 'SIGTERM',
      isReady: () => Promise.resolve(existsSync(pidFile)),
    };
  }

  const townFile = (): TownFile => JSON.parse(readFileSync(supervisor.townFile, 'utf8')) as TownFile;

  it('tells the last words of a process that refuses to start, and leaves it at that', async () => {
    const plan = restful('refuses', `console.error('refuses: the key is missing'); process.exit(78);`);
    await expect(supervisor.start(plan)).rejects.toThrow(/refuses ended at its start .*the key is missing$/s);
    expect(restarted).toEqual([]);
  });

  it('says which program is missing', async () => {
    const plan = { ...restful('absent'), file: join(data, 'no-such-program') };
    await expect(supervisor.start(plan)).rejects.toThrow(/no-such-program ENOENT/);
    expect(restarted).toEqual([]);
  });

  it('starts again what was ready and died', async () => {
    const plan = restful('mortal');
    await supervisor.start(plan);
    const first = Number(readFileSync(plan.pidFile, 'utf8'));
    const died = new Promise<string>((resolve) => {
      onRestart = resolve;
    });
    process.kill(first, 'SIGKILL');
    expect(await died).toBe('mortal');
    await expect
      .poll(() => townFile().children.map(({ name, restarts }) => ({ name, restarts })))
      .toEqual([{ name: 'mortal', restarts: 1 }]);
    expect(townFile().children[0]?.pid).not.toBe(first);
  });

  it('can be stopped while it starts, and starts nothing afterwards', async () => {
    const never = { ...restful('never-ready'), isReady: () => Promise.resolve(false) };
    const outcome = supervisor.start(never).then(
      () => 'started',
      (error: Error) => error.message,
    );
    await expect.poll(() => existsSync(never.pidFile)).toBe(true);
    await supervisor.stop();
    expect(await outcome).toContain('stopped before it was ready');
    expect(() => process.kill(Number(readFileSync(never.pidFile, 'utf8')), 0)).toThrow('ESRCH');
    await expect(supervisor.start(restful('late'))).rejects.toThrow('stopped before it was ready');
    expect(existsSync(join(data, 'late.pid'))).toBe(false);
  });

  it('signals once, however often it is asked to stop: a second SIGTERM would cut a drain short', async () => {
    const [told, drained] = [join(data, 'told'), join(data, 'drained')] as const;
    const write = (file: string): string => `require('fs').writeFileSync(${JSON.stringify(file)}, '')`;
    const slow = restful(
      'slow',
      `process.once('SIGTERM', () => { ${write(told)}; setTimeout(() => { ${write(drained)}; process.exit(0); }, 500); });`,
    );
    await supervisor.start(slow);
    const first = supervisor.stop();
    await expect.poll(() => existsSync(told)).toBe(true);
    await Promise.all([first, supervisor.stop()]);
    expect(existsSync(drained)).toBe(true);
  });
});
