import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@reveille/contracts/errors';
import { inheritedEnv } from './env.js';
import { findPostgres, giveTo, type PostgresBinaries } from './postgres-binaries.js';

const run = promisify(execFile);

export interface PostgresServerOptions {
  /** Made on first use; must be enterable for the account of the binaries. */
  readonly dataFolder: string;
  readonly port: number;
  /** For tests alone: nothing is synced, a crash of the machine loses data. */
  readonly isFast?: boolean;
  readonly binaries?: PostgresBinaries;
  readonly env?: Readonly<Record<string, string>>;
  /** Each line of the server's own log. */
  readonly onLog?: (line: string) => void;
}

export interface PostgresServer {
  readonly pid: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** `fast` shutdown: open transactions are rolled back, a checkpoint is written. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

export const superuser = 'reveille';

/**
 * Makes the data folder if it is not there yet: UTF-8, checksums; with the superuser's password, or trust (tests on loopback alone).
 * @throws UnavailableError for one of another version.
 */
export async function initPostgres({
  dataFolder,
  isFast = false,
  binaries = findPostgres(),
  password = null,
}: Pick<PostgresServerOptions, 'dataFolder' | 'isFast' | 'binaries'> & {
  password?: string | null;
}): Promise<void> {
  const versionFile = join(dataFolder, 'PG_VERSION');
  if (existsSync(versionFile))
    return checkVersion(readFileSync(versionFile, 'utf8').trim(), dataFolder, binaries);
  // Whoever runs Postgres must be able to pass through what lies above its folder.
  mkdirSync(dirname(dataFolder), { recursive: true, mode: 0o711 });
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  giveTo(dataFolder, binaries.account);
  const passwordFile = `${dataFolder}.password`;
  if (password !== null) {
    writeFileSync(passwordFile, password, { mode: 0o600 });
    giveTo(passwordFile, binaries.account);
  }
  const access = password === null ? ['-A', 'trust'] : ['-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  const args = [
    '-D',
    dataFolder,
    '-U',
    superuser,
    ...access,
    '-E',
    'UTF8',
    '--locale=C',
    ...(isFast ? ['--no-sync'] : []),
  ];
  try {
    await run(join(binaries.folder, 'initdb'), args, {
      ...binaries.account,
      cwd: '/',
      env: { ...inheritedEnv(), LC_ALL: 'C' },
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Postgres opens no folder of another major version. @throws UnavailableError that says what to do. */
function checkVersion(found: string, dataFolder: string, { version }: PostgresBinaries): void {
  if (found === version.split('.')[0]) return;
  throw new UnavailableError(
    `${dataFolder} was made by Postgres ${found} and this is ${version}: choose another data folder, or carry the data over with pg_upgrade`,
  );
}

const readyLine = 'database system is ready to accept connections';
const startTimeoutMs = 30_000;

/** The command that runs Postgres in the foreground, for whoever watches over processes. */
export function postgresCommand({
  dataFolder,
  port,
  isFast = false,
  binaries = findPostgres(),
}: Pick<PostgresServerOptions, 'dataFolder' | 'port' | 'isFast' | 'binaries'>): {
  file: string;
  args: string[];
  uid?: number;
  gid?: number;
} {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'timezone=UTC',
    'log_checkpoints=off',
  ];
  if (isFast) settings.push('fsync=off', 'synchronous_commit=off', 'full_page_writes=off');
  const args = ['-D', dataFolder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  return { file: join(binaries.folder, 'postgres'), args, ...binaries.account };
}

/** Starts Postgres on loopback and waits until it takes connections. */
export async function startPostgres(options: PostgresServerOptions): Promise<PostgresServer> {
  const binaries = options.binaries ?? findPostgres();
  await initPostgres({ ...options, binaries });
  const { file, args, ...account } = postgresCommand({ ...options, binaries });
  const child = spawn(file, args, {
    ...account,
    cwd: '/',
    env: { ...inheritedEnv(), ...options.env, LC_ALL: 'C' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child, options.onLog);
  return {
    pid: child.pid ?? 0,
    url: `postgres://${superuser}@127.0.0.1:${options.port}/postgres`,
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGINT');
      await once(child, 'exit');
    },
    kill: (signal) => void child.kill(signal),
  };
}

async function ready(child: ChildProcess, onLog: (line: string) => void = () => {}): Promise<void> {
  const lines: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new UnavailableError(`Postgres was not ready within ${startTimeoutMs} ms: ${lines.join(' ')}`),
        ),
      startTimeoutMs,
    );
    const settle = (action: () => void): void => {
      clearTimeout(timer);
      action();
    };
    child.stderr?.on('data', (chunk: Buffer) => {
      for (const line of chunk
        .toString()
        .split('\n')
        .filter((text) => text !== '')) {
        onLog(line);
        if (lines.length < 20) lines.push(line);
        if (line.includes(readyLine)) settle(resolve);
      }
    });
    child.once('error', (cause) =>
      settle(() => reject(new UnavailableError('Postgres cannot be started', { cause }))),
    );
    child.once('exit', (code) =>
      settle(() => reject(new UnavailableError(`Postgres ended with ${code}: ${lines.join(' ')}`))),
    );
  });
}

/** A temporary folder that the account can enter. */
export function temporaryDataFolder(prefix: string): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  writeFileSync(join(folder, '.keep'), '');
  giveTo(folder, findPostgres().account);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
