import type { Command } from 'commander';
import type { ReadyLine } from '../town/ready-line.js';
import { defaultDataFolder } from '../town/running-town.js';
import { startTown, type Town } from '../town/start-town.js';
import { addTownFlags, type TownFlags, townOptions } from './town-flags.js';

interface UpOptions extends TownFlags {
  readonly data: string;
  readonly ephemeral?: boolean;
  readonly json?: boolean;
}

/** As a shell says that Ctrl-C ended something before it was done. */
const interruptedCode = 130;

/** `reveille up`: the whole town on loopback, until Ctrl-C. */
export function addUp(program: Command): void {
  const command = program
    .command('up')
    .description(
      'Start the whole town on this machine: NATS, Postgres, simulated vendors and phones, all services. Ctrl-C stops it.',
    )
    .option('--data <dir>', 'where it keeps its state', defaultDataFolder)
    .option('--ephemeral', 'keep its state in a temporary folder that goes with it')
    .option('--json', 'print one JSON line when it is ready');
  addTownFlags(command).action(async (options: UpOptions) => up(options));
}

async function up(options: UpOptions): Promise<void> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  let town: Town | null = null;
  let isStopping = false;
  const abandon = new AbortController();
  // The signals are ours from the first step on: a half-started town is stopped like a whole one.
  const starting = startTown({
    ...townOptions(options),
    data: options.ephemeral === true ? null : options.data,
    abandon: abandon.signal,
    onStep: (line) => {
      if (options.json !== true) say(`  ${line}`);
    },
    onRestart: (name, why) => say(`${name} ended (${why}): starting it again`),
  });
  const stop = (): void => {
    if (isStopping) {
      town?.killAll();
      process.exit(1);
    }
    isStopping = true;
    if (options.json !== true) say('stopping …');
    if (town === null) abandon.abort();
    else void end(town, 0);
  };
  const end = async (running: Town, code: number): Promise<void> => {
    try {
      await running.stop();
      process.exit(code);
    } catch (error) {
      say(`reveille: it did not stop well: ${error instanceof Error ? error.message : String(error)}`);
      process.exit(1);
    }
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  try {
    town = await starting;
  } catch (error) {
    // Whoever stops it before it runs need not be told that it does not run.
    if (isStopping) process.exit(interruptedCode);
    throw error;
  }
  // The signal came while the last step ended.
  if (isStopping) return end(town, interruptedCode);
  if (options.json === true) console.log(JSON.stringify(town.ready));
  else console.log(welcome(town.ready, options.data));
}

function welcome(ready: ReadyLine, data: string): string {
  const { ports, urls, app, vendors } = ready;
  const data_ = data === defaultDataFolder ? '' : ` --data ${data}`;
  const rows: [string, string][] = [
    ['gateway', `${urls.gateway}  (WebSocket ${urls.webSocket}, API at ${urls.gateway}/openapi.json)`],
    ['presence', `http://127.0.0.1:${ports.presence}/readyz`],
    ['router', `http://127.0.0.1:${ports.router}/readyz`],
    ['vendor-workers', `http://127.0.0.1:${ports.vendorWorkers}/readyz`],
    ...(urls.sandbox === null
      ? []
      : [
          ['sandbox', `${urls.sandbox}  (${vendors.map(({ name }) => name).join(', ')})`] as [string, string],
        ]),
    ['nats', `${urls.nats}  (monitor http://127.0.0.1:${ports.natsMonitor})`],
    ['postgres', `127.0.0.1:${ports.postgres}`],
    ['state and logs', ready.data],
    [`app "${app.id}"`, `server key in ${app.serverKeyFile}`],
    ['', `client key in ${app.clientKeyFile}`],
  ];
  const table = rows.map(([name, what]) => `  ${name.padEnd(15)} ${what}`).join('\n');
  const tries = [
    ['./reveille register bob', 'give Bob a phone'],
    [`./reveille phones`, 'watch it (in another terminal)'],
    ['./reveille send ana bob "Are you coming?"', 'wake it'],
    ['./reveille trace <messageId>', 'why it rang, or why it did not'],
    ['./reveille status bob', 'his devices, tokens and sessions'],
    [
      `curl -s ${urls.gateway}/v1/users/bob -H "authorization: Bearer $(tail -n 1 ${app.serverKeyFile})"`,
      'the same as your server asks it',
    ],
  ];
  const width =
    Math.max(...tries.map(([command = '']) => (command.startsWith('curl') ? 0 : command.length))) +
    data_.length +
    2;
  const next = tries
    .map(([command = '', why = '']) => {
      // A line of curl says whom it asks; it is longer than a row, and its word stands above it.
      if (command.startsWith('curl')) return `  # ${why}\n  ${command}`;
      return `  ${(command + data_).padEnd(width)}${why}`;
    })
    .join('\n');
  return `\nReveille runs (ready after ${(ready.startedInMs / 1000).toFixed(1)} s; its keys are demo keys)\n\n${table}\n\nTry next\n\n${next}\n\nCtrl-C stops it.`;
}
