import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { SandboxControl } from './harness/sandbox-control.js';
import { runScenario, type Scenario, until } from './harness/scenario.js';
import { type Engine, openEngine, whereIs } from './images/engine.js';
import { makeStandIn, standIns, type Tools } from './images/stand-ins.js';

const root = join(import.meta.dirname, '..', '..');
const image = 'reveille:local';
const composeProject = 'reveille-e2e';

// Dockerfile and docker-compose.yml as they stand: under the names of the official images stand-ins of this machine's own files,
// since nothing may be fetched. One message to someone who is away must wake their phone.
await runScenario('images', async (scenario) => {
  const tools = findTools();
  if ('lacking' in tools) return scenario.skip(tools.lacking);
  const engine = await openEngine();
  if ('lacking' in engine) return scenario.skip(engine.lacking);
  scenario.defer(() => engine.stop());

  const made = [image];
  scenario.defer(async () => {
    await engine.docker(['image', 'rm', '--force', ...made]);
    await engine.docker(['image', 'prune', '--force', '--filter', 'label=reveille.stage=build']);
  });
  for (const standIn of standIns(tools)) {
    const isThere = (await engine.docker(['image', 'ls', '--quiet', standIn.tag])).trim() !== '';
    // On somebody's own engine the name may belong to the real one: that is all the better, and stays.
    if (isThere) scenario.note(`      ${standIn.tag} is there`);
    if (isThere) continue;
    const startedAt = performance.now();
    made.push(standIn.tag);
    await makeStandIn(standIn, tools.busybox, engine);
    scenario.note(`      stand-in for ${standIn.tag}: ${seconds(startedAt)}`);
  }
  const builtAt = performance.now();
  await engine.docker(['build', '--tag', image, '--file', join(root, 'infra/images/Dockerfile'), root], {
    // The classic builder: it is there without a plugin.
    DOCKER_BUILDKIT: '0',
  });
  const [{ Size: bytes, Config: config }] = JSON.parse(await engine.docker(['image', 'inspect', image])) as [
    { Size: number; Config: { User: string } },
  ];
  scenario.note(
    `      ${image}: ${seconds(builtAt)}, ${Math.round(bytes / 1024 ** 2)} MiB with its stand-in`,
  );
  scenario.check('the image does not run as root', !['', '0', 'root'].includes(config.User), config.User);
  await composeTown(scenario, engine);
});

async function composeTown(scenario: Scenario, engine: Engine): Promise<void> {
  const [gateway, sandbox] = [await freePort(), await freePort()];
  const file = join(root, 'docker-compose.yml');
  const compose = (...args: string[]): Promise<string> =>
    engine.docker(['compose', '--file', file, '--project-name', composeProject, ...args], {
      REVEILLE_PORT: String(gateway),
      REVEILLE_SANDBOX_PORT: String(sandbox),
    });
  scenario.defer(() => compose('down', '--volumes', '--timeout', '20'));
  const startedAt = performance.now();
  try {
    await compose('up', '--no-build', '--detach', '--wait', '--wait-timeout', '180');
  } catch (error) {
    scenario.note(await compose('ps', '--all'));
    scenario.note(await compose('logs', '--tail', '20'));
    throw error;
  }
  scenario.note(`      docker compose up: ${seconds(startedAt)}`);
  const states = await compose('ps', '--format', '{{.Service}} {{.State}} {{.Health}}');
  scenario.equal(
    'everything runs and is healthy',
    states.trim().split('\n').toSorted(),
    ['gateway', 'nats', 'postgres', 'presence', 'router', 'sandbox', 'vendor-workers'].map(
      (name) => `${name} running healthy`,
    ),
  );

  const keyFile = await compose('exec', '-T', 'gateway', 'cat', '/town/keys/demo.server-key');
  const http = httpOf(`http://127.0.0.1:${gateway}`, keyFile.trim().split('\n').at(-1) ?? '');
  const phones = new SandboxControl(`http://127.0.0.1:${sandbox}`);
  for (const vendor of await phones.vendors()) await wakePhone(scenario, vendor, http, phones);

  const stoppedAt = performance.now();
  await compose('stop', '--timeout', '20');
  const exits = await compose('ps', '--all', '--format', '{{.Service}} {{.ExitCode}}');
  scenario.equal(
    'ended with another code than 0',
    exits
      .trim()
      .split('\n')
      .filter((line) => !line.endsWith(' 0')),
    [],
  );
  scenario.note(`      docker compose stop: ${seconds(stoppedAt)}`);
}

type Http = (method: string, path: string, body: object) => Promise<{ messageId?: string }>;

function httpOf(gateway: string, serverKey: string): Http {
  return async (method, path, body) => {
    const response = await fetch(`${gateway}${path}`, {
      method,
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${serverKey}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text) as { messageId?: string };
  };
}

async function wakePhone(
  scenario: Scenario,
  vendor: VendorName,
  http: Http,
  phones: SandboxControl,
): Promise<void> {
  const user = `bob-${vendor}`;
  const { phoneId } = await phones.addPhone(vendor);
  await http('PUT', `/v1/devices/${user}/push`, { user, vendor, token: await phones.token(phoneId) });
  await http('POST', '/v1/messages', {
    sender: 'ana',
    recipients: [user],
    content: { type: 'text', text: 'Are you coming?' },
    pushConfig: { title: 'Ana', content: 'Are you coming?' },
  });
  const shown = await until(
    `the ${vendor} phone shows it`,
    async () => (await phones.lockScreen(phoneId)).at(0) ?? null,
  );
  scenario.equal(`the ${vendor} phone wakes`, [shown.title, shown.body], ['Ana', 'Are you coming?']);
}

function findTools(): Tools | { readonly lacking: string } {
  const cache = process.env['REVEILLE_CACHE'] ?? '';
  const found = {
    busybox: whereIs('busybox'),
    natsServer: process.env['REVEILLE_NATS_SERVER'] ?? whereIs('nats-server'),
    pnpm: whereIs('pnpm') ?? whereIs(join(cache, `pnpm-${pnpmVersion()}`, 'node_modules', '.bin', 'pnpm')),
    pnpmCache: [join(cache, 'pnpm-cache'), join(homedir(), '.cache', 'pnpm')].find(existsSync) ?? null,
  };
  for (const [name, place] of Object.entries(found))
    if (place === null) return { lacking: `there is no ${name} on this machine to make stand-ins of` };
  return found as Tools;
}

function pnpmVersion(): string {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    packageManager: string;
  };
  return packageManager.replace('pnpm@', '');
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
