import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { keepResults, median, table } from './report.js';

// How fast each sender puts single pushes on the wire, against the sandbox in its quick mode, everything on this machine: rate,
// CPU of the sending process per request, memory. Rounds alternate, each in a process of its own; medians are printed, raw
// results are kept in bench/results.

interface Vendors {
  readonly app: object;
  readonly tokens: { readonly apns: readonly string[]; readonly fcm: readonly string[] };
}
interface Result {
  readonly vendor: 'apns' | 'fcm';
  readonly sender: string;
  readonly requests: number;
  readonly inFlight: number;
  readonly accepted: number;
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
  readonly rssMegabytes: number;
}

const candidates = [
  { vendor: 'apns', sender: 'http2', requests: 30_000 },
  { vendor: 'apns', sender: 'node-apn', requests: 20_000 },
  { vendor: 'fcm', sender: 'http2', requests: 15_000 },
  { vendor: 'fcm', sender: 'firebase-admin', requests: 4_000 },
] as const;
const inFlight = 500;
const rounds = Number(process.argv[2] ?? 5);

const program = join(
  import.meta.dirname,
  '../../services/vendor-workers/dist/testing/measure-sender.main.js',
);
const run = promisify(execFile);

const vendors = spawn(process.execPath, [program, 'vendors'], { stdio: ['pipe', 'pipe', 'inherit'] });
try {
  const { app, tokens } = await firstLine();
  const results: Result[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const candidate of candidates) {
      const question = JSON.stringify({ ...candidate, app, inFlight, tokens: tokens[candidate.vendor] });
      const asked = run(process.execPath, [program, 'round']);
      asked.child.stdin?.end(question);
      const { stdout } = await asked;
      const result = JSON.parse(stdout) as Result;
      if (result.accepted !== result.requests)
        throw new Error(`${result.sender}: ${result.accepted} of ${result.requests} accepted`);
      results.push(result);
    }
  }
  print(results);
  say(`raw results: ${keepResults('senders', { rounds, inFlight, results })}`);
} finally {
  vendors.stdin.end();
}

async function firstLine(): Promise<Vendors> {
  for await (const line of createInterface({ input: vendors.stdout })) return JSON.parse(line) as Vendors;
  throw new Error('the sandbox did not start: build first (pnpm build)');
}

function print(results: readonly Result[]): void {
  const rows = candidates.map(({ vendor, sender }) => {
    const own = results.filter((result) => result.vendor === vendor && result.sender === sender);
    const rates = own.map(({ perSecond }) => perSecond);
    return [
      vendor,
      sender,
      median(rates),
      `${Math.min(...rates)}-${Math.max(...rates)}`,
      median(own.map(({ cpuMicroseconds }) => cpuMicroseconds)),
      median(own.map(({ rssMegabytes }) => rssMegabytes)),
    ];
  });
  say(table(['vendor', 'sender', 'requests/s', 'range', 'CPU us', 'RSS MiB'], rows));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
