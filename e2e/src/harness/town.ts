import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RegisterPushRequest, RegisterPushResponse } from '@reveille/contracts/http/register-device';
import type { SendMessageResponse } from '@reveille/contracts/http/send-message';
import type { VendorName } from '@reveille/contracts/push/vendor';
import type { TimelineAnswer } from '@reveille/contracts/ask/router';
import { SignJWT } from 'jose';
import { SandboxControl } from './sandbox-control.js';
import { until } from './scenario.js';

const main = join(import.meta.dirname, '..', '..', '..', 'apps', 'cli', 'dist', 'main.js');

/** The line that `reveille up --json` prints when it is ready, as far as scenarios need it. */
interface ReadyLine {
  readonly event: 'ready';
  readonly run: string;
  readonly data: string;
  readonly startedInMs: number;
  readonly ports: Readonly<Record<string, number | null>>;
  readonly urls: {
    readonly gateway: string;
    readonly webSocket: string;
    readonly sandbox: string | null;
    readonly nats: string;
  };
  readonly folders: { readonly postgres: string };
  readonly vendors: readonly TownVendor[];
  readonly app: AppKeys;
  /** The demo app and the others that `--apps` and `--platform-apps` named. */
  readonly apps: readonly AppKeys[];
  readonly townFile: string;
}

/** A simulated vendor. */
export interface TownVendor {
  readonly name: VendorName;
  readonly phoneName: string;
  readonly ports: Readonly<Record<string, number>>;
}

export interface AppKeys {
  readonly id: string;
  readonly clientKeyFile: string;
  readonly serverKeyFile: string;
  /** The nkey seed of the platform that publishes for the app over NATS; null where there is none. */
  readonly platformSeedFile: string | null;
}

export interface TownChild {
  readonly name: string;
  readonly pid: number;
  readonly port: number | null;
  readonly restarts: number;
  readonly startedAt: number;
}

export interface TownOptions {
  /** Kept after the end when given; else a temporary folder that goes with the town. */
  readonly data?: string;
  /** `KEY=VALUE` for all services, `router:KEY=VALUE` for one. */
  readonly env?: readonly string[];
  readonly flags?: readonly string[];
  readonly portBase?: number;
}

/** A whole town, started as a user starts it and seen from outside. */
export class Town {
  readonly sandbox: SandboxControl;
  private readonly clientKeys = new Map<string, KeyObject>();

  private constructor(
    readonly ready: ReadyLine,
    private readonly process: ChildProcess,
  ) {
    this.sandbox = new SandboxControl(ready.urls.sandbox ?? '');
  }

  static async start(options: TownOptions = {}): Promise<Town> {
    const portBase = options.portBase ?? (await freePortBase());
    const args = ['up', '--json', '--port-base', String(portBase)];
    if (options.data === undefined) args.push('--ephemeral');
    else args.push('--data', options.data);
    for (const pair of options.env ?? []) args.push('--env', pair);
    args.push(...(options.flags ?? []));
    const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors = (errors + chunk.toString()).slice(-8_000);
    });
    const ready = await new Promise<ReadyLine>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (!line.startsWith('{')) return;
        const said = JSON.parse(line) as { event?: string };
        if (said.event === 'ready') resolve(said as ReadyLine);
      });
      child.once('exit', (code) => reject(new Error(`reveille up ended with ${code}: ${errors}`)));
      child.once('error', reject);
    });
    return new Town(ready, child);
  }

  /** Of `up` itself. */
  get pid(): number {
    return this.process.pid ?? 0;
  }
  get app(): string {
    return this.ready.app.id;
  }
  get serverKey(): string {
    return this.serverKeyOf(this.app);
  }
  serverKeyOf(app: string): string {
    return lastLine(this.keysOf(app).serverKeyFile);
  }
  keysOf(app: string): AppKeys {
    const keys = this.ready.apps.find(({ id }) => id === app);
    if (keys === undefined) throw new Error(`the town has no app ${app}`);
    return keys;
  }

  /** A client's JWT of the demo app. */
  async clientToken(
    user: string,
    {
      expiresInSeconds = 3600,
      app = this.app,
      audience = app,
    }: { expiresInSeconds?: number; app?: string; audience?: string } = {},
  ): Promise<string> {
    const key = this.clientKeys.get(app) ?? createPrivateKey(pemOf(this.keysOf(app).clientKeyFile));
    this.clientKeys.set(app, key);
    return new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'demo' })
      .setSubject(user)
      .setAudience(audience)
      .setIssuedAt()
      .setExpirationTime(`${expiresInSeconds}s`)
      .sign(key);
  }

  async http<T>(
    method: string,
    path: string,
    { body, bearer = this.serverKey, expect }: { body?: unknown; bearer?: string; expect?: number } = {},
  ): Promise<T> {
    const response = await fetch(`${this.ready.urls.gateway}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isExpected = expect === undefined ? response.ok : response.status === expect;
    if (!isExpected) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  send(message: {
    sender: string;
    recipients: string[];
    text?: string;
    title?: string;
    clientMessageId?: string;
    ttlSeconds?: number;
    pushConfig?: object | null;
  }): Promise<SendMessageResponse> {
    const {
      sender,
      recipients,
      text = 'hello',
      title = 'Title',
      clientMessageId,
      ttlSeconds,
      pushConfig,
    } = message;
    return this.http('POST', '/v1/messages', {
      body: {
        sender,
        recipients,
        content: { type: 'text', text },
        pushConfig: pushConfig === undefined ? { title, content: text } : pushConfig,
        ...(clientMessageId === undefined ? {} : { clientMessageId }),
        ...(ttlSeconds === undefined ? {} : { ttlSeconds }),
      },
    });
  }

  register(
    deviceId: string,
    request: Partial<RegisterPushRequest> & { user: string; vendor: VendorName; token: string },
  ): Promise<RegisterPushResponse> {
    return this.http('PUT', `/v1/devices/${deviceId}/push`, { body: request });
  }

  /** A virtual phone with a token that is registered for the user, as their server would do it. */
  async phoneOf(
    user: string,
    vendor: VendorName,
    deviceId = `${user}-${vendor}`,
  ): Promise<{ phoneId: string; deviceId: string; token: string; deviceSecret: string }> {
    const { phoneId, platform } = await this.sandbox.addPhone(vendor);
    const token = await this.sandbox.token(phoneId);
    const { deviceSecret } = await this.register(deviceId, {
      user,
      vendor,
      token,
      platform: platform === 'ios' ? 'iphone' : 'android',
    });
    return { phoneId, deviceId, token, deviceSecret: deviceSecret ?? '' };
  }

  async timeline(messageId: string): Promise<TimelineAnswer> {
    return this.http('GET', `/v1/messages/${messageId}/timeline`);
  }

  children(): TownChild[] {
    return (JSON.parse(readFileSync(this.ready.townFile, 'utf8')) as { children: TownChild[] }).children;
  }
  child(name: string): TownChild {
    const child = this.children().find((candidate) => candidate.name === name);
    if (child === undefined) throw new Error(`no process named ${name} in ${this.ready.townFile}`);
    return child;
  }
  /** Ends a process at once, as a crash does; the town starts it again. Gives the pid that it had. */
  kill(name: string, signal: NodeJS.Signals = 'SIGKILL'): number {
    const { pid } = this.child(name);
    process.kill(pid, signal);
    return pid;
  }
  /** Waits until another process than `pid` has that name. */
  restarted(name: string, pid: number, withinMs = 60_000): Promise<TownChild> {
    return until(
      `${name} runs again`,
      () => {
        const child = this.children().find((candidate) => candidate.name === name);
        return child !== undefined && child.pid !== pid ? child : null;
      },
      { withinMs },
    );
  }
  /** Waits until a service says that it is ready. */
  async serviceReady(
    name: 'gateway' | 'presence' | 'router' | 'vendorWorkers',
    withinMs = 60_000,
  ): Promise<void> {
    await until(
      `${name} is ready`,
      async () => {
        try {
          return (await fetch(`http://127.0.0.1:${this.ready.ports[name]}/readyz`)).ok;
        } catch {
          return false;
        }
      },
      { withinMs },
    );
  }

  /** Waits until a process, which may be one of several of its service, takes work. */
  async childReady(name: string, withinMs = 60_000): Promise<void> {
    await until(
      `${name} takes work`,
      async () => {
        try {
          // What is reported of single lines does not keep it from the others.
          return (await fetch(`http://127.0.0.1:${this.child(name).port}/readyz`)).ok;
        } catch {
          return false;
        }
      },
      { withinMs },
    );
  }

  /** Ctrl-C, and waits until everything is gone. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode;
    this.process.kill('SIGINT');
    const [code] = (await once(this.process, 'exit')) as [number | null];
    return code;
  }
}

/** The rest of the command line, as a user runs it. */
export async function reveille(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, stdout, stderr };
}

function lastLine(file: string): string {
  return readFileSync(file, 'utf8').trim().split('\n').at(-1) ?? '';
}

function pemOf(file: string): string {
  const text = readFileSync(file, 'utf8');
  return text.slice(text.indexOf('-----BEGIN'));
}

const offsets = [0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, ...Array.from({ length: 10 }, (_, at) => 30 + at)];
const reservedOffset = 29;
let nextBase = 12_000 + ((process.pid * 7) % 450) * 40;

/**
 * A base from which the ports of a town are free; below the range that systems take for outgoing connections. It is reserved as
 * long as this process lives (one port beside the town's is held), since towns start side by side, in other processes too.
 */
export async function freePortBase(): Promise<number> {
  for (;;) {
    const base = nextBase;
    nextBase = base >= 30_000 ? 12_000 : base + 40;
    if (!(await reserve(base + reservedOffset))) continue;
    const free = await Promise.all(offsets.map((offset) => isFree(base + offset)));
    if (free.every(Boolean)) return base;
  }
}

function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      server.unref();
      resolve(true);
    });
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
