import { readFileSync } from 'node:fs';

/** What a process has used so far. Linux alone: read from /proc. */
export interface ProcessUsage {
  readonly cpuMs: number;
  readonly residentMiB: number;
  /** Calls into the kernel that read and that write, files and sockets alike. */
  readonly reads: number;
  readonly writes: number;
}

const ticksPerSecond = 100;
const pageBytes = 4096;

export function usageOf(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold anything: fields are counted behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]);
  return {
    cpuMs: (ticks * 1_000) / ticksPerSecond,
    residentMiB: Math.round((Number(fields[21]) * pageBytes) / 1_048_576),
    ...callsOf(pid),
  };
}

function callsOf(pid: number): { reads: number; writes: number } {
  const counts = new Map(
    readFileSync(`/proc/${pid}/io`, 'utf8')
      .split('\n')
      .map((line) => line.split(': ') as [string, string]),
  );
  return { reads: Number(counts.get('syscr')), writes: Number(counts.get('syscw')) };
}

/** The processes of a town by name; Postgres with all its backends, which the postmaster counts only when they end. */
export function usagesOf(children: readonly { name: string; pid: number }[]): Map<string, ProcessUsage> {
  return new Map(children.map(({ name, pid }) => [name, name === 'postgres' ? sum(pid) : usageOf(pid)]));
}

function sum(pid: number): ProcessUsage {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
  return [pid, ...children].map(usageOf).reduce((total, each) => ({
    cpuMs: total.cpuMs + each.cpuMs,
    residentMiB: total.residentMiB + each.residentMiB,
    reads: total.reads + each.reads,
    writes: total.writes + each.writes,
  }));
}
