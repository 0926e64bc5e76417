import { vendorNames } from '@reveille/contracts/push/vendor';
import type { Command } from 'commander';
import { type DemoStep, playStory } from '../story/demo-story.js';
import { freePortBase } from '../town/port-check.js';
import { SandboxClient } from '../town/sandbox-client.js';
import { startTown, type Town } from '../town/start-town.js';
import { wholeNumber } from './town-flags.js';
import { UsageError } from '../usage-error.js';

interface DemoOptions {
  readonly json?: boolean;
  readonly fault?: string;
  readonly portBase?: number;
}

/** `reveille demo`: a town of its own plays the story and goes. Exit code 0 only if every step held. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Start a town of its own, play the story of a message to someone who is away, and print it as a timeline.',
    )
    .option('--json', 'print one JSON object a step; the last line is {"story":"passed","failed":0,…}')
    .option(
      '--fault <vendor:status>',
      'let the vendor answer every push with an error, for instance apns:410: the story must fail',
    )
    .option('--port-base <n>', 'the ports to use (default: free ones)', wholeNumber(1024, 65_000))
    .action(async (options: DemoOptions) => {
      process.exitCode = await demo(options);
    });
}

async function demo(options: DemoOptions): Promise<number> {
  const fault = options.fault === undefined ? null : faultOf(options.fault);
  const say = (line: string): void => void (options.json === true || process.stderr.write(`${line}\n`));
  say('Starting a town of its own …');
  const abandon = new AbortController();
  const starting = startTown({
    data: null,
    abandon: abandon.signal,
    portBase: options.portBase ?? (await freePortBase()),
    hasSandbox: true,
    vendors: vendorNames,
    workers: 1,
    apps: ['demo'],
    platformApps: [],
    appSettings: {},
    streamSettings: { duplicateWindowMs: null, messagesMaxBytes: null },
    env: [],
    logLevel: 'warn',
    onStep: (line) => say(`  ${line}`),
    onRestart: (name, why) => process.stderr.write(`${name} ended (${why}): starting it again\n`),
  });
  const stop = (): void => {
    abandon.abort();
    void starting
      .then(
        (town) => town.stop(),
        () => {},
      )
      .finally(() => process.exit(130));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const town = await starting;
  try {
    return await play(town, fault, options.json === true);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    await town.stop();
  }
}

async function play(
  { ready }: Town,
  fault: { vendor: string; status: number } | null,
  isJson: boolean,
): Promise<number> {
  if (fault !== null) await new SandboxClient(ready.urls.sandbox ?? '').fault({ ...fault, kind: 'answer' });
  if (!isJson) console.log('');
  const steps = await playStory(ready, (step) => console.log(isJson ? JSON.stringify(step) : line(step)));
  const failed = steps.filter(({ held }) => !held).length;
  const summary = {
    story: failed === 0 ? 'passed' : 'failed',
    failed,
    steps: steps.length,
    run: ready.run,
    startedInMs: ready.startedInMs,
    tookMs: steps.at(-1)?.atMs ?? 0,
  };
  console.log(
    isJson
      ? JSON.stringify(summary)
      : `\nThe story ${failed === 0 ? 'held' : 'did not hold'}: ${steps.length} steps, ${failed} failed.`,
  );
  return failed === 0 ? 0 : 1;
}

function line({ atMs, what, held, detail }: DemoStep): string {
  const time = `${(atMs / 1_000).toFixed(2)} s`.padStart(8);
  return `${time}  ${held ? '✓' : '✗'} ${what}${detail === '' ? '' : `\n            ${detail}`}`;
}

function faultOf(text: string): { vendor: string; status: number } {
  const match = /^([a-z]+):([45]\d\d)$/.exec(text);
  if (match === null || !vendorNames.some((name) => name === match[1]))
    throw new UsageError(`--fault takes a vendor and a status, for instance apns:410, not "${text}"`);
  return { vendor: match[1] ?? '', status: Number(match[2]) };
}
