import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

const source = join(import.meta.dirname, '..', '..', 'foreign', 'platform');

/** Builds the Go program below `e2e/foreign/platform`; `lacking` is what the machine does not have for it. @throws when it does not build. */
export function buildPlatform(): { binary: string } | { lacking: string } {
  const binary = join(mkdtempSync(join(tmpdir(), 'reveille-platform-')), 'platform');
  try {
    execFileSync('go', ['build', '-o', binary, '.'], { cwd: source, stdio: ['ignore', 'ignore', 'pipe'] });
    return { binary };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return {
      lacking:
        'e2e/foreign needs Go (https://go.dev/dl) on PATH: its platform is a Go program, so that it imports nothing of ours',
    };
  }
}

export type PlatformPresence = 'online' | 'online-all' | 'offline' | 'silent';

/** An IM platform that knows only the AsyncAPI document, driven line by line. */
export class ForeignPlatform {
  private readonly lines: AsyncIterator<string>;

  private constructor(
    private readonly process: ChildProcessWithoutNullStreams,
    reader: Interface,
  ) {
    this.lines = reader[Symbol.asyncIterator]();
  }

  static async connect(
    binary: string,
    options: { url: string; app: string; seedFile: string },
  ): Promise<ForeignPlatform> {
    const child = spawn(binary, ['-url', options.url, '-app', options.app, '-seed-file', options.seedFile]);
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const platform = new ForeignPlatform(child, createInterface({ input: child.stdout }));
    const first = await platform.read().catch(() => null);
    if (first?.['event'] !== 'connected')
      throw new Error(`the platform of ${options.app} did not connect: ${errors}`);
    return platform;
  }

  /** Publishes a fact as plain JSON and gives the server's answer. */
  publish(
    key: string,
    event: 'accepted' | 'revoked',
    id: string,
    body: object,
  ): Promise<Record<string, unknown>> {
    return this.ask({ op: 'publish', key, event, id, body });
  }
  subscribe(): Promise<Record<string, unknown>> {
    return this.ask({ op: 'subscribe' });
  }
  presence(user: string, presence: PlatformPresence, device = ''): Promise<Record<string, unknown>> {
    return this.ask({ op: 'presence', user, presence, device });
  }
  async asked(user: string): Promise<number> {
    return Number((await this.ask({ op: 'asked', user }))['asked']);
  }
  async end(): Promise<void> {
    this.process.stdin.end();
    if (this.process.exitCode === null) await once(this.process, 'exit');
  }

  private async ask(command: object): Promise<Record<string, unknown>> {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
    return this.read();
  }
  private async read(): Promise<Record<string, unknown>> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error('the platform ended');
    return JSON.parse(value) as Record<string, unknown>;
  }
}
