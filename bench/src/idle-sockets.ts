import { RawClient } from '@reveille/e2e/harness/raw-client';
import { inParallel } from '@reveille/e2e/harness/scenario';
import { Town } from '@reveille/e2e/harness/town';
import { usageOf } from './process-usage.js';
import { keepResults, median, table } from './report.js';

// What an idle connection costs the gateway: resident memory before and after so many logins, each of a user of its own.
//   node bench/dist/idle-sockets.js [--runs 3] [--connections 5000]
const option = (name: string, fallback: number): number => {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : Number(process.argv[index + 1]);
};
const runs = option('runs', 3);
const connections = option('connections', 5_000);
/** Buffers and compiled code reach their size with the first of them. */
const warmUp = 500;
const settleMs = 5_000;

interface Run {
  readonly connections: number;
  readonly beforeMiB: number;
  readonly afterMiB: number;
  readonly kibPerConnection: number;
  readonly loginsPerSecond: number;
  readonly heldAfter: number;
}

const results: Run[] = [];
for (let run = 0; run < runs; run += 1) {
  results.push(await measure());
  process.stderr.write(`run ${run + 1} of ${runs}: ${JSON.stringify(results.at(-1))}\n`);
}
const of = (read: (run: Run) => number): number => median(results.map(read));
const row = [
  connections,
  of(({ beforeMiB }) => beforeMiB),
  of(({ afterMiB }) => afterMiB),
  of(({ kibPerConnection }) => kibPerConnection).toFixed(1),
  Math.round(of(({ loginsPerSecond }) => loginsPerSecond)),
];
console.log(table(['connections', 'MiB before', 'MiB after', 'KiB per connection', 'logins/s'], [row]));
console.log(`medians of ${runs} runs; raw: ${keepResults('idle-sockets', results)}`);
process.exit(0);

async function measure(): Promise<Run> {
  const town = await Town.start({ flags: ['--log-level', 'warn'] });
  const clients: RawClient[] = [];
  try {
    const gateway = town.child('gateway').pid;
    const logIn = async (from: number, count: number): Promise<void> => {
      const indexes = Array.from({ length: count }, (_, index) => from + index);
      await inParallel(indexes, 50, async (index) => {
        const token = await town.clientToken(`idle-${index}`);
        clients.push(
          await RawClient.login({ url: town.ready.urls.webSocket, deviceId: `d-${index}`, token }),
        );
      });
    };
    await logIn(0, warmUp);
    const beat = setInterval(() => {
      for (const client of clients) client.write({ t: 'ping' });
    }, 10_000);
    const beforeMiB = await settled(gateway);
    const startedAt = performance.now();
    await logIn(warmUp, connections);
    const loginsPerSecond = (connections * 1_000) / (performance.now() - startedAt);
    const afterMiB = await settled(gateway);
    clearInterval(beat);
    const heldAfter = clients.filter(({ closeCode }) => closeCode === null).length;
    const kibPerConnection = ((afterMiB - beforeMiB) * 1_024) / connections;
    return { connections, beforeMiB, afterMiB, kibPerConnection, loginsPerSecond, heldAfter };
  } finally {
    for (const client of clients) client.close();
    await town.stop();
  }
}

/** Resident memory once the storm of logins is over; the smallest of what is seen, since garbage is not a connection's. */
async function settled(pid: number): Promise<number> {
  const seen: number[] = [];
  const until = performance.now() + settleMs;
  while (performance.now() < until) {
    seen.push(usageOf(pid).residentMiB);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return Math.min(...seen);
}
