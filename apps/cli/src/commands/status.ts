import type { DescribeUserAnswer, PushBinding } from '@reveille/contracts/ask/presence';
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { type HaltedLine, haltedText, readHaltedLines, readQuotas } from '../town/halted-lines.js';
import { GatewayClient } from '../town/gateway-client.js';
import { readSuspectedLines, suspectedText } from '../town/suspected-lines.js';
import type { ReadyLine, TownFile } from '../town/ready-line.js';
import { UsageError } from '../usage-error.js';
import { appOf, defaultDataFolder, readReady, secretIn } from '../town/running-town.js';

interface StatusOptions {
  readonly data: string;
  readonly app?: string;
  readonly json?: boolean;
}

/** `reveille status [user]`: the processes of the town, or the devices, tokens and sessions of a user. */
export function addStatus(program: Command): void {
  program
    .command('status')
    .description(
      'Show which processes run and whether they are ready, or (with a user) their devices, tokens and sessions.',
    )
    .argument('[user]')
    .option('--data <dir>', 'the folder of the town', defaultDataFolder)
    .option('--app <id>', 'the app (default: the first one)')
    .option('--json', 'print one JSON object')
    .action(async (user: string | undefined, options: StatusOptions) => {
      if (user === undefined) await showTown(options);
      else await showUser(user, options);
    });
}

async function showUser(user: string, options: StatusOptions): Promise<void> {
  const ready = readReady(options.data);
  const keys = appOf(ready, options.app);
  const gateway = new GatewayClient(ready.urls.gateway, secretIn(keys.serverKeyFile));
  const answer = await gateway.call<DescribeUserAnswer>('GET', `/v1/users/${encodeURIComponent(user)}`);
  if (options.json === true) {
    console.log(JSON.stringify(answer));
    return;
  }
  if (answer.devices.length === 0)
    throw new UsageError(
      `${user} has no device in app ${keys.id}: "./reveille register ${user}" gives them one`,
    );
  for (const device of answer.devices) {
    const tokens = [tokenText('push', device.alert), tokenText('voip', device.voip)].filter(
      (text) => text !== '',
    );
    const sessions = device.sessions.map(({ background }) =>
      background ? 'connected in background' : 'connected',
    );
    const facts = [
      device.platform,
      device.isBound ? 'logged in' : 'logged out',
      ...(tokens.length === 0 ? ['no push token'] : tokens),
      ...sessions,
    ];
    console.log(`${device.deviceId}  ${facts.join(', ')}`);
  }
}

function tokenText(kind: string, binding: PushBinding | null): string {
  if (binding === null) return '';
  return `${kind} token ${binding.state} (${binding.vendor}, ${binding.environment}, since ${new Date(binding.boundAt).toISOString()})`;
}

async function showTown(options: StatusOptions): Promise<void> {
  const ready = readReady(options.data);
  const { children } = JSON.parse(readFileSync(ready.townFile, 'utf8')) as TownFile;
  const states = await Promise.all(
    children.map(async (child) => ({ ...child, ready: await isReady(ready, child.name) })),
  );
  const [halted, quotas, suspected] = await Promise.all([
    readHaltedLines(ready),
    readQuotas(ready),
    readSuspectedLines(ready),
  ]);
  if (options.json === true) {
    console.log(JSON.stringify({ data: ready.data, children: states, halted, quotas, suspected }));
    return;
  }
  for (const child of states) {
    const restarts = child.restarts === 0 ? '' : `, restarted ${child.restarts} times`;
    console.log(
      `${child.name.padEnd(16)} ${child.ready ? 'ready    ' : 'not ready'} pid ${child.pid}${child.port === null ? '' : `, port ${child.port}`}${restarts}`,
    );
  }
  for (const line of suspected) console.log(`${suspectedText(line)} (docs/runbooks/suspected-tokens.md)`);
  for (const line of halted) console.log(`${haltedText(line)}; its pushes wait: ${adviceOn(line)}`);
  for (const { app, vendor, quota, detail } of quotas)
    console.log(`quota ${quota} of ${vendor} of ${app}: ${detail}`);
}

function adviceOn({ cause }: HaltedLine): string {
  if (cause.startsWith('vendor out:'))
    return 'one of them probes the vendor when the pause ends (docs/runbooks/paused-line.md)';
  if (cause.startsWith('tokens condemned:'))
    return 'are environment, package and project right (docs/runbooks/paused-line.md)?';
  return 'mend the credential (docs/runbooks/halted-credential.md)';
}

async function isReady(ready: ReadyLine, name: string): Promise<boolean> {
  const { gateway, presence, router, vendorWorkers, sandbox, natsMonitor } = ready.ports;
  const urls: Record<string, string> = {
    gateway: `http://127.0.0.1:${gateway}/readyz`,
    presence: `http://127.0.0.1:${presence}/readyz`,
    router: `http://127.0.0.1:${router}/readyz`,
    'vendor-workers': `http://127.0.0.1:${vendorWorkers}/readyz`,
    sandbox: `http://127.0.0.1:${sandbox}/health`,
    nats: `http://127.0.0.1:${natsMonitor}/healthz`,
  };
  const url = urls[name];
  // Postgres has no HTTP door: the services that need it say whether it answers.
  if (url === undefined) return true;
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
