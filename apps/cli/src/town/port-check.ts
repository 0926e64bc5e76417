import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename } from 'node:path';
import { UsageError } from '../usage-error.js';
import { mostWorkers, portsToCheck } from './town-ports.js';

/** @throws UsageError with the first port that is taken, who holds it, and what to do. */
export async function checkPorts(ports: Readonly<Record<string, number | null>>): Promise<void> {
  for (const [name, port] of Object.entries(ports)) {
    if (port === null || (await isFree(port))) continue;
    throw new UsageError(
      `port ${port} (${name}) is taken by ${holderOf(port) ?? 'another process'}: end it, or choose other ports with --port-base N`,
    );
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** `<command> (pid <n>)` of whoever listens there, as far as this account may see. */
function holderOf(port: number): string | null {
  try {
    return process.platform === 'linux' ? holderInProc(port) : holderByLsof(port);
  } catch {
    // Not being allowed to look is no reason to say less about the port itself.
    return null;
  }
}

function holderInProc(port: number): string | null {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const listening = '0A';
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8').split('\n').slice(1),
  );
  const inodes = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) === true && fields[3] === listening)
    .map((fields) => `socket:[${fields[9]}]`);
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const holds = socketsOf(pid).some((link) => inodes.includes(link));
    if (holds) return `${nameOf(pid)} (pid ${pid})`;
  }
  return null;
}

/** As it was called, with its script where it is Node; the kernel's own name for it is that of a thread. */
function nameOf(pid: string): string {
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const name = basename(command.split(' ')[0] ?? '') || readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  const script = name === 'node' ? args.find((arg) => arg.startsWith('/')) : undefined;
  return script === undefined ? name : `${name} ${script}`;
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
  } catch {
    return [];
  }
}

function holderByLsof(port: number): string | null {
  const [pid, name] = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
    encoding: 'utf8',
  }).split('\n');
  return pid === undefined || name === undefined ? null : `${name.slice(1)} (pid ${pid.slice(1)})`;
}

/** A base from which all ports of a town are free; below the range that systems take for outgoing connections. */
export async function freePortBase(): Promise<number> {
  for (let base = 8_000 + ((process.pid * 7) % 95) * 40; ; base = base >= 11_900 ? 8_000 : base + 40) {
    const ports = Object.values(portsToCheck(base, true, mostWorkers)).filter((port) => port !== null);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
}
