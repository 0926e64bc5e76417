import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { demoKeyMark, inheritedEnv } from './env.js';

// How a process ends is seen from outside only. These run the package as it was built: a child knows no source condition.
const preamble = `
  import { readEnv } from '@reveille/chassis/env';
  import { Health } from '@reveille/chassis/health';
  import { Lifecycle, runProcess } from '@reveille/chassis/lifecycle';
  import { createLogger } from '@reveille/chassis/logger';
  import { createCrashPoints } from '@reveille/chassis/crash-point';
  const say = (word) => process.stdout.write(word + '\\n');
  const logger = createLogger({ service: 'test', write: () => {} });
  const parts = (...names) => names.reduce((lifecycle, name) => lifecycle.add({
    name, start: () => { const rest = setInterval(() => {}, 1e6); rests.push(rest); say('+' + name); },
    stop: () => { clearInterval(rests.pop()); say('-' + name); },
  }), new Lifecycle(logger, new Health()));
  const rests = [];
`;

interface Ran {
  readonly child: ChildProcess;
  readonly words: () => string[];
  readonly complaints: () => string;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
}

describe('a process', () => {
  const running: ChildProcess[] = [];
  afterEach(() => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  });

  function run(script: string, env: Readonly<Record<string, string>> = {}): Ran {
    const child = spawn(process.execPath, ['--input-type=module', '-e', `${preamble}${script}`], {
      cwd: join(import.meta.dirname, '..'),
      env: { ...inheritedEnv(), ...env },
      stdio: 'pipe',
    });
    running.push(child);
    const said = { out: '', err: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString();
    });
    return {
      child,
      words: () => said.out.split('\n').filter((word) => word !== ''),
      complaints: () => said.err,
      ended: once(child, 'close') as Ran['ended'],
    };
  }

  const started = (ran: Ran): Promise<void> => expect.poll(ran.words).toEqual(['+a', '+b']);

  it.each(['SIGTERM', 'SIGINT'] as const)('ends in order and well at %s', async (signal) => {
    const ran = run(`await runProcess('test', () => parts('a', 'b'));`);
    await started(ran);
    ran.child.kill(signal);
    expect(await ran.ended).toEqual([0, null]);
    expect(ran.words()).toEqual(['+a', '+b', '-b', '-a']);
  });

  it('ends in order when the process above it is gone', async () => {
    const ran = run(`await runProcess('test', () => parts('a', 'b'));`, { REVEILLE_PARENT: 'stdin' });
    await started(ran);
    ran.child.stdin?.end();
    expect(await ran.ended).toEqual([0, null]);
    expect(ran.words()).toEqual(['+a', '+b', '-b', '-a']);
  });

  it('does not care for its standard input otherwise', async () => {
    const ran = run(
      `await runProcess('test', () => parts('a', 'b')); process.stdin.on('end', () => say('input ended')).resume();`,
    );
    await started(ran);
    ran.child.stdin?.end();
    await expect.poll(ran.words).toContain('input ended');
    expect(ran.words()).not.toContain('-b');
  });

  it('ends with 78 and a sentence per fault when it is configured wrongly, a demo key outside demo mode among them', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'reveille-lifecycle-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const keyFile = join(folder, 'key');
    writeFileSync(keyFile, `${demoKeyMark}\nc2VjcmV0\n`);
    const ran = run(
      `await runProcess('test', () => { const env = readEnv(); env.secretFile('KEY_FILE'); env.integer('PORT', {}); env.done(); return parts('a'); });`,
      { KEY_FILE: keyFile, PORT: 'x', REVEILLE_DEMO: '0' },
    );
    expect(await ran.ended).toEqual([78, null]);
    expect(ran.complaints().trim().split('\n')).toEqual([
      expect.stringMatching(/^test: KEY_FILE: .* holds a demo key: make a key of your own/),
      'test: PORT must be a whole number, not "x"',
    ]);
    expect(ran.complaints()).not.toContain('c2VjcmV0');
  });

  it('ends with 1 when a part does not start, and stops those that did', async () => {
    const ran = run(
      `await runProcess('test', () => parts('a').add({ name: 'b', start() { throw new Error('no way'); } }));`,
    );
    expect(await ran.ended).toEqual([1, null]);
    expect(ran.words()).toEqual(['+a', '-a']);
    expect(ran.complaints()).toContain('no way');
  });

  it('is killed at its crash point, at the time that is named, and at no other', async () => {
    const script = `
      const checkpoint = createCrashPoints(readEnv().optionalText('REVEILLE_CRASH_AT'));
      for (const point of ['router.after-jobs', 'router.after-settled', 'router.after-settled']) { checkpoint(point); say(point); }
      say('survived');`;
    const second = run(script, { REVEILLE_CRASH_AT: 'router.after-settled:2' });
    expect(await second.ended).toEqual([null, 'SIGKILL']);
    expect(second.words()).toEqual(['router.after-jobs', 'router.after-settled']);
    const other = run(script, { REVEILLE_CRASH_AT: 'router.before-ack' });
    expect(await other.ended).toEqual([0, null]);
    expect(other.words()).toContain('survived');
    const none = run(script);
    expect(await none.ended).toEqual([0, null]);
  });
});
