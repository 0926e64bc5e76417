import { RawClient } from '@reveille/e2e/harness/raw-client';
import { inParallel } from '@reveille/e2e/harness/scenario';
import { Town } from '@reveille/e2e/harness/town';
import { usageOf } from './process-usage.js';
import { keepResults, median, table } from './report.js';

// What an idle connection costs the gateway: memory before and after so many logins, each of a user of its own. The storm of logins
// leaves a heap with room that nothing uses yet, which the system counts as resident; what is alive in it is told beside.
//   node bench/dist/idle-sockets.js [--runs 3] [--connections 5000] [--more 7000]
const option = (name: string, fallback: number): number => {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : Number(process.argv[index + 1]);
};
const runs = option('runs', 3);
const levels = [option('connections', 5_000), option('more', 7_000)];
/** Buffers and compiled code reach their size with the first of them. */
const warmUp = 500;
const settleMs = 30_000;

interface Level {
  readonly connections: number;
  readonly residentMiB: number;
  readonly heapUsedMiB: number;
  /** Since the warm-up. */
  readonly residentKibEach: number;
  readonly heapUsedKibEach: number;
  readonly loginsPerSecond: number;
  readonly stillOpen: number;
}

const results: Level[][] = [];
for (let run = 0; run < runs; run += 1) {
  results.push(await measure());
  process.stderr.write(`run ${run + 1} of ${runs}: ${JSON.stringify(results.at(-1))}\n`);
}
const rows = [0, ...levels].map((_, index) => {
  const of = (read: (level: Level) => number): number =>
    median(results.flatMap((run) => run.slice(index, index + 1)).map(read));
  return [
    of(({ connections }) => connections),
    of(({ residentMiB }) => residentMiB),
    of(({ heapUsedMiB }) => heapUsedMiB),
    index === 0 ? '' : of(({ residentKibEach }) => residentKibEach).toFixed(1),
    index === 0 ? '' : of(({ heapUsedKibEach }) => heapUsedKibEach).toFixed(1),
    index === 0 ? '' : Math.round(of(({ loginsPerSecond }) => loginsPerSecond)),
  ];
});
console.log(
  table(
    ['connections', 'resident MiB', 'heap used MiB', 'resident KiB each', 'heap used KiB each', 'logins/s'],
    rows,
  ),
);
console.log(`medians of ${runs} runs; raw: ${keepResults('idle-sockets', results)}`);
process.exit(0);

async function measure(): Promise<Level[]> {
  const town = await Town.start({ flags: ['--log-level', 'warn'] });
  const clients: RawClient[] = [];
  const beat = setInterval(() => {
    for (const client of clients) if (client.closeCode === null) client.write({ t: 'ping' });
  }, 10_000);
  try {
    const found: Level[] = [];
    for (const count of [warmUp, ...levels]) found.push(await reach(town, clients, count, found[0] ?? null));
    return found;
  } finally {
    clearInterval(beat);
    for (const client of clients) client.close();
    await town.stop();
  }
}

async function reach(town: Town, clients: RawClient[], count: number, before: Level | null): Promise<Level> {
  const first = clients.length;
  const startedAt = performance.now();
  const indexes = Array.from({ length: count }, (_, index) => first + index);
  await inParallel(indexes, 50, async (index) => {
    const token = await town.clientToken(`idle-${index}`);
    clients.push(await RawClient.login({ url: town.ready.urls.webSocket, deviceId: `d-${index}`, token }));
  });
  const loginsPerSecond = (count * 1_000) / (performance.now() - startedAt);
  const { residentMiB, heapUsedMiB } = await settled(town);
  const added = clients.length - (before?.connections ?? 0);
  const each = (mebibytes: number, beforeMiB = mebibytes) => ((mebibytes - beforeMiB) * 1_024) / added;
  return {
    connections: clients.length,
    residentMiB,
    heapUsedMiB,
    residentKibEach: each(residentMiB, before?.residentMiB),
    heapUsedKibEach: each(heapUsedMiB, before?.heapUsedMiB),
    loginsPerSecond,
    stillOpen: clients.filter(({ closeCode }) => closeCode === null).length,
  };
}

/** Once the storm of logins is over; the smallest of what is seen, since garbage is not a connection's. */
async function settled(town: Town): Promise<{ residentMiB: number; heapUsedMiB: number }> {
  const resident: number[] = [];
  const heapUsed: number[] = [];
  const until = performance.now() + settleMs;
  while (performance.now() < until) {
    resident.push(usageOf(town.child('gateway').pid).residentMiB);
    heapUsed.push(await heapUsedMiBOf(town));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return { residentMiB: Math.min(...resident), heapUsedMiB: Math.min(...heapUsed) };
}

async function heapUsedMiBOf(town: Town): Promise<number> {
  const text = await (await fetch(`${town.ready.urls.gateway}/metrics`)).text();
  const bytes = /^nodejs_heap_size_used_bytes\S* (\d+)/m.exec(text)?.[1];
  if (bytes === undefined) throw new Error('the gateway does not tell its heap');
  return Math.round(Number(bytes) / 1_048_576);
}
