import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect as connectSocket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface NatsServerPlace {
  readonly host: string;
  readonly port: number;
  readonly monitorPort: number;
  readonly storeDir: string;
}

export interface NatsServerOptions {
  /** The configuration, or what makes it from the place that was found; by default one open account with JetStream. */
  readonly configText?: string | ((place: NatsServerPlace) => string);
  /** A store that outlives this server; by default a temporary folder, removed on stop. */
  readonly storeDir?: string;
  readonly binary?: string;
}

/** A real nats-server on a free port of the loopback interface. */
export interface TestNatsServer extends NatsServerPlace {
  readonly url: string;
  readonly pid: number;
  readonly configFile: string;
  /** Ends the process with a signal and resolves when it is gone; the store stays. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and store. */
  restart(): Promise<void>;
  /** Makes the running server read its configuration file again. */
  reload(configText: string): Promise<void>;
  log(): Promise<string>;
  stop(): Promise<void>;
}

/** Where the nats-server program is: `REVEILLE_NATS_SERVER`, or whatever PATH has. */
export function natsServerBinary(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.REVEILLE_NATS_SERVER ?? 'nats-server';
}

const tries = 5;

/** Somebody may take a port between the look and the start: then another one is tried. */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<TestNatsServer> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await startOnFreePort(options);
    } catch (error) {
      if (left === 0 || !String(error).includes('address already in use')) throw error;
    }
  }
}

async function startOnFreePort(options: NatsServerOptions): Promise<TestNatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'nats-server-'));
  const place: NatsServerPlace = {
    host: '127.0.0.1',
    port: await freePort(),
    monitorPort: await freePort(),
    storeDir: options.storeDir ?? join(folder, 'store'),
  };
  const configFile = join(folder, 'nats.conf');
  const logFile = join(folder, 'nats.log');
  const text = options.configText ?? openConfig;
  await writeFile(configFile, typeof text === 'string' ? text : text(place));
  const binary = options.binary ?? natsServerBinary();
  let child = await launch(binary, configFile, logFile, place);

  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  };
  return {
    ...place,
    url: `nats://${place.host}:${place.port}`,
    configFile,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    async restart() {
      await kill();
      child = await launch(binary, configFile, logFile, place);
    },
    async reload(configText) {
      await writeFile(configFile, configText);
      const seen = (await readFile(logFile, 'utf8')).split('Reloaded server configuration').length;
      child.kill('SIGHUP');
      await until(
        async () => (await readFile(logFile, 'utf8')).split('Reloaded server configuration').length > seen,
      );
    },
    log: () => readFile(logFile, 'utf8'),
    async stop() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function openConfig(place: NatsServerPlace): string {
  return [
    `listen: "${place.host}:${place.port}"`,
    `http: "${place.host}:${place.monitorPort}"`,
    'max_payload: 4194304',
    `jetstream { store_dir: ${JSON.stringify(place.storeDir)}, max_file_store: 2147483648 }`,
  ].join('\n');
}

async function launch(
  binary: string,
  configFile: string,
  logFile: string,
  place: NatsServerPlace,
): Promise<ChildProcess> {
  const child = spawn(binary, ['-c', configFile, '-l', logFile], { stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  let failure: Error | null = null;
  child.once('error', (cause) => {
    failure = new Error(`${binary} does not start`, { cause });
  });
  await until(async () => {
    if (failure !== null) throw failure;
    if (child.exitCode !== null || child.signalCode !== null) {
      const log = await readFile(logFile, 'utf8').catch(() => '');
      throw new Error(`nats-server ended with ${child.exitCode}: ${complaint}${log.slice(-2000)}`);
    }
    return greets(place);
  });
  return child;
}

/** True once the server sends its INFO line; JetStream is recovered by then. */
function greets(place: NatsServerPlace): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket(place.port, place.host);
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('nats-server is not ready after 60 s');
    await delay(10);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
