import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { freePortBase, Town } from './harness/town.js';

const main = join(import.meta.dirname, '..', '..', 'apps', 'cli', 'dist', 'main.js');
const interruptedCode = 130;

// What whoever types `reveille up` meets when something is wrong, and what is left when it ends, however it ends.
await runScenario('up', async (scenario) => {
  // In the environment of everything that this scenario starts.
  const mark = `REVEILLE_E2E_MARK=${randomUUID()}`;
  const [name = '', value = ''] = mark.split('=');
  process.env[name] = value;
  const data = temporaryFolder(scenario);

  await takenPort(scenario, data);
  await missingNatsServer(scenario, data);
  await stoppedWhileStarting(scenario, mark);
  await stoppedWhileRunning(scenario, data, mark);
  await killed(scenario, data, mark);
  await wrongPostgres(scenario, data);
  scenario.equal('processes that are left', marked(mark), []);
});

async function takenPort(scenario: Scenario, data: string): Promise<void> {
  const base = await freePortBase();
  const port = base + 2;
  const holder = createServer().listen(port, '127.0.0.1');
  await once(holder, 'listening');
  const up = start(data, base);
  const { code, stderr } = await up.ended;
  holder.close();
  scenario.equal('a taken port: exit code', code, 1);
  scenario.check(
    'a taken port: one line with the port, who holds it and --port-base',
    new RegExp(`^reveille: .*\\b${port}\\b.*\\(pid ${process.pid}\\).*--port-base.*\\n$`).test(stderr),
    stderr,
  );
}

async function missingNatsServer(scenario: Scenario, data: string): Promise<void> {
  const missing = '/nowhere/nats-server';
  const { code, stderr } = await start(data, await freePortBase(), { REVEILLE_NATS_SERVER: missing }).ended;
  scenario.equal('no nats-server: exit code', code, 1);
  scenario.check(
    'no nats-server: it is named, and tried once',
    stderr.includes(missing) && !stderr.includes('again') && !stderr.includes('    at '),
    stderr,
  );
}

async function wrongPostgres(scenario: Scenario, data: string): Promise<void> {
  writeFileSync(join(data, 'postgres', 'PG_VERSION'), '9\n');
  const { code, stderr } = await start(data, await freePortBase()).ended;
  scenario.equal("another Postgres' data folder: exit code", code, 1);
  scenario.check(
    "another Postgres' data folder: one sentence names it and both versions",
    /^reveille: .*postgres was made by Postgres 9 and this is \d+.*\n$/m.test(stderr) &&
      !stderr.includes('    at '),
    stderr,
  );
}

/** Ctrl-C after each of the steps that the start tells about. */
async function stoppedWhileStarting(scenario: Scenario, mark: string): Promise<void> {
  for (const step of [
    'making its data folder',
    'nats-server: ready',
    'Postgres: ready',
    'streams and consumers',
  ]) {
    const up = start(temporaryFolder(scenario), await freePortBase());
    const said = (): boolean => up.said().includes(step) || up.process.exitCode !== null;
    await until(`"${step}" is said`, said, { withinMs: 180_000, everyMs: 5 });
    const pressedAt = performance.now();
    up.process.kill('SIGINT');
    const { code, stderr } = await up.ended;
    const tookMs = Math.round(performance.now() - pressedAt);
    scenario.equal(
      `Ctrl-C after "${step}": said, exit code, what is left`,
      [stderr.includes(step), code, marked(mark)],
      [true, interruptedCode, []],
    );
    scenario.check(`Ctrl-C after "${step}": within 15 s`, tookMs < 15_000, `${tookMs} ms`);
    scenario.note(`      ${tookMs} ms`);
  }
}

async function stoppedWhileRunning(scenario: Scenario, data: string, mark: string): Promise<void> {
  const first = await Town.start({ data });
  const { messageId } = await first.send({ sender: 'ana', recipients: ['bob'], text: 'still there?' });
  const { code, stderr } = await start(data, await freePortBase()).ended;
  scenario.equal('a second town on the folder: exit code', code, 1);
  scenario.check(
    'a second town on the folder: one line names the first and --data',
    new RegExp(`^reveille: .*${data}.*\\(pid ${first.pid}\\).*--data.*\\n$`).test(stderr),
    stderr,
  );
  const pressedAt = performance.now();
  scenario.equal('Ctrl-C while it runs: exit code', await first.stop(), 0);
  const stopMs = Math.round(performance.now() - pressedAt);
  scenario.equal('Ctrl-C while it runs: what is left', marked(mark), []);

  const second = await Town.start({ data });
  await settled(second, messageId);
  scenario.check('the second start knows the message', true);
  scenario.note(
    `      first start ${first.ready.startedInMs} ms, stop ${stopMs} ms, second start ${second.ready.startedInMs} ms`,
  );
  await second.stop();
}

async function killed(scenario: Scenario, data: string, mark: string): Promise<void> {
  const town = await Town.start({ data });
  const { messageId } = await town.send({ sender: 'ana', recipients: ['bob'], text: 'and now?' });
  const killedAt = performance.now();
  process.kill(town.pid, 'SIGKILL');
  // At once: it waits for what the other has left.
  const next = await Town.start({ data, portBase: town.ready.ports['gateway'] ?? 0 });
  const old = marked(mark, town.ready.run);
  scenario.equal('kill -9: what is left of it when the next one runs', old, []);
  scenario.note(`      the next one ran ${Math.round(performance.now() - killedAt)} ms after the kill`);
  await settled(next, messageId);
  scenario.check('kill -9: the next one knows the message', true);
  scenario.note(
    `      the message was settled ${Math.round(performance.now() - killedAt)} ms after the kill`,
  );

  process.kill(next.pid, 'SIGKILL');
  const endedAt = performance.now();
  await until('kill -9: nothing is left', () => marked(mark).length === 0);
  scenario.check('kill -9: nothing is left', true);
  scenario.note(`      gone ${Math.round(performance.now() - endedAt)} ms after the kill`);
}

/**
 * The timeline is read from a view that follows the log. And the kill may have come before the verdict: then another router has
 * the message when the ack wait of the dead one is over (15 s).
 */
async function settled(town: Town, messageId: string): Promise<void> {
  const isSettled = async (): Promise<boolean> => {
    const { entries } = await town.timeline(messageId);
    return entries.length >= 2;
  };
  await until(`${messageId} is accepted and settled`, isSettled, { withinMs: 90_000, everyMs: 50 });
}

interface Up {
  readonly process: ChildProcess;
  said(): string;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function start(data: string, portBase: number, env: Readonly<Record<string, string>> = {}): Up {
  const child = spawn(process.execPath, [main, 'up', '--data', data, '--port-base', String(portBase)], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));
  return { process: child, said: () => stderr, ended };
}

function temporaryFolder(scenario: Scenario): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-up-'));
  // Whoever runs Postgres must be able to pass.
  chmodSync(folder, 0o711);
  scenario.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Every process but this one that has the mark (and belongs to the run) in its environment. */
function marked(mark: string, run = ''): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        if (!environment.includes(mark) || !environment.includes(run)) return [];
        return [readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trim()];
      } catch {
        return [];
      }
    });
}
