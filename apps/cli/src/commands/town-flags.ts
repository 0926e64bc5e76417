import { vendorNames } from '@reveille/contracts/push/vendor';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TownOptions } from '../town/start-town.js';
import { defaultPortBase, mostWorkers } from '../town/town-ports.js';

/** The flags that `up` and `demo` share, as commander gives them. */
export interface TownFlags {
  readonly portBase: number;
  readonly vendors: string[];
  readonly workers: number;
  readonly sandbox: boolean;
  readonly apps: string[];
  readonly platformApps: string[];
  readonly appSetting: Record<string, unknown>;
  readonly duplicateWindowMs?: number;
  readonly messagesMaxBytes?: number;
  readonly env: string[];
  readonly logLevel: string;
}

const list = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

function vendorList(text: string): string[] {
  const names = list(text);
  const known: readonly string[] = vendorNames;
  if (names.length === 0 || names.some((name) => !known.includes(name)))
    throw new InvalidArgumentError(`it takes one or more of ${vendorNames.join(', ')}, with commas between.`);
  return names;
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`it takes a whole number from ${least} to ${most}.`);
    return value;
  };
}

export function addTownFlags(command: Command): Command {
  return command
    .option(
      '--port-base <n>',
      'the gateway gets this port, the others follow',
      wholeNumber(1024, 65_000),
      defaultPortBase,
    )
    .addOption(
      new Option('--vendors <names>', 'which vendors are served')
        .argParser(vendorList)
        .default([...vendorNames], vendorNames.join(',')),
    )
    .option(
      '--workers <n>',
      'how many processes push: while one is restarted the others go on',
      wholeNumber(1, mostWorkers),
      1,
    )
    .option(
      '--no-sandbox',
      'no simulated vendors and phones: pushes go to the real ones that apps.yaml names',
    )
    .addOption(
      new Option('--apps <ids>', 'the demo apps to make at the first start')
        .argParser(list)
        .default(['demo'], 'demo'),
    )
    .addOption(
      new Option(
        '--platform-apps <ids>',
        'apps of IM platforms that publish over NATS, to make at the first start',
      )
        .argParser(list)
        .default([], 'none'),
    )
    .addOption(
      new Option('--app-setting <field=json>', 'a field of the demo apps, at the first start; repeatable')
        .argParser(appSetting)
        .default({}, 'none'),
    )
    .addOption(
      new Option('--env <pair>', 'KEY=VALUE for all services, router:KEY=VALUE for one; repeatable')
        .argParser((pair: string, all: string[]) => [...all, envPair(pair)])
        .default([], 'none'),
    )
    .optionsGroup('For tests:')
    .option(
      '--duplicate-window-ms <n>',
      'how long a Nats-Msg-Id is remembered (two minutes)',
      wholeNumber(100, 3_600_000),
    )
    .option(
      '--messages-max-bytes <n>',
      'where MESSAGES is full and senders are refused (8 GiB)',
      wholeNumber(65_536, Number.MAX_SAFE_INTEGER),
    )
    .optionsGroup('Options:')
    .option('--log-level <level>', 'debug, info, warn or error', 'info');
}

export function townOptions(flags: TownFlags): Omit<TownOptions, 'data' | 'onStep' | 'onRestart'> {
  return {
    portBase: flags.portBase,
    hasSandbox: flags.sandbox,
    vendors: flags.vendors,
    workers: flags.workers,
    apps: flags.apps,
    platformApps: flags.platformApps,
    appSettings: flags.appSetting,
    streamSettings: {
      duplicateWindowMs: flags.duplicateWindowMs ?? null,
      messagesMaxBytes: flags.messagesMaxBytes ?? null,
    },
    env: flags.env,
    logLevel: flags.logLevel,
  };
}

function appSetting(text: string, all: Record<string, unknown>): Record<string, unknown> {
  const [field, ...rest] = text.split('=');
  try {
    return { ...all, [field ?? '']: JSON.parse(rest.join('=')) as unknown };
  } catch {
    throw new InvalidArgumentError('it takes field=json, for instance messagesPerSecond=100.');
  }
}

function envPair(pair: string): string {
  if (!/^(?:[a-z-]+:)?[A-Z][A-Z0-9_]*=/.test(pair))
    throw new InvalidArgumentError('it takes KEY=VALUE or service:KEY=VALUE.');
  return pair;
}
