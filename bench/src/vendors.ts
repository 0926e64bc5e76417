import type { VendorName } from '@reveille/contracts/push/vendor';
import { RawClient } from '@reveille/e2e/harness/raw-client';
import { inParallel, until } from '@reveille/e2e/harness/scenario';
import { Town } from '@reveille/e2e/harness/town';
import { keepResults, median, table } from './report.js';
import { usageOf } from './process-usage.js';

// What a push costs at each vendor: single jobs (one message to somebody with one phone) beside jobs of 500 targets (one message
// to somebody with 500 phones). The whole town runs; CPU is the worker's alone, per push. Ends with 1 where a vendor with a batch API
// costs more than a fifth per target of a job of 500.
//   node bench/dist/vendors.js [--runs 3] [--pushes 5000] [--vendors huawei,xiaomi]
const text = (name: string, fallback: string): string => {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : (process.argv[index + 1] ?? fallback);
};
const runs = Number(text('runs', '3'));
const pushes = Number(text('pushes', '5000'));
const wanted = text('vendors', '');
const width = 500;
const people = 100;
/** Of what a target costs alone: what it may cost in a job for many, at a vendor with a batch API. */
const mostShare = 0.2;
const kinds = ['single', 'batch'] as const;
type Kind = (typeof kinds)[number];

interface Account {
  readonly vendor: VendorName;
  readonly bundle: string;
  readonly phone: Readonly<Record<string, unknown>>;
}
interface Run {
  readonly vendor: VendorName;
  readonly kind: Kind;
  readonly perSecond: number;
  readonly workerMicroseconds: number;
  readonly requestsPerPush: number;
}

const town = await Town.start({
  flags: ['--app-setting', 'messagesPerSecond=1000000', '--log-level', 'warn'],
});
const results: Run[] = [];
try {
  const { accounts } = await town.sandbox.call<{ accounts: Account[] }>('GET', '/accounts?app=demo');
  const vendors = accounts.filter(({ vendor }) => wanted === '' || wanted.split(',').includes(vendor));
  // What a vendor allows in a minute is another measurement.
  await town.sandbox.liftFrequencyLimits();
  for (const account of vendors) await register(account);
  const client = await RawClient.login({
    url: town.ready.urls.webSocket,
    deviceId: 'sender',
    token: await town.clientToken('sender'),
  });
  for (const { vendor } of vendors) await send(client, vendor, 'single', 200, 'warm-up');
  for (let run = 0; run < runs; run += 1)
    for (const { vendor } of vendors)
      for (const kind of kinds) {
        const result = await measure(client, vendor, kind, run);
        results.push(result);
        process.stderr.write(
          `run ${run + 1} of ${runs}: ${vendor} ${kind}: ${result.perSecond}/s, ${result.workerMicroseconds} us\n`,
        );
      }
  client.close();
} finally {
  await town.stop();
}

const measured = [...new Set(results.map(({ vendor }) => vendor))].map((vendor) => {
  const of = (kind: Kind, value: (run: Run) => number): number =>
    median(results.filter((run) => run.vendor === vendor && run.kind === kind).map(value));
  const [single, batch] = kinds.map((kind) => of(kind, ({ workerMicroseconds }) => workerMicroseconds));
  return {
    vendor,
    singlePerSecond: of('single', ({ perSecond }) => perSecond),
    single: single ?? 0,
    batchPerSecond: of('batch', ({ perSecond }) => perSecond),
    batch: batch ?? 0,
    share: (batch ?? 0) / (single ?? 1),
    requestsPerPush: of('batch', ({ requestsPerPush }) => requestsPerPush),
  };
});
console.log(
  table(
    [
      'vendor',
      'single/s',
      'worker us',
      `jobs of ${width}, pushes/s`,
      'worker us per push',
      'share',
      'requests per push',
    ],
    measured.map((row) => [
      row.vendor,
      row.singlePerSecond,
      row.single,
      row.batchPerSecond,
      row.batch,
      row.share.toFixed(2),
      row.requestsPerPush,
    ]),
  ),
);
console.log(`medians of ${runs} runs of ${pushes} pushes; raw: ${keepResults('vendors', results)}`);
// Without a batch API a job of 500 is 500 requests, and saves only what the job itself costs.
const [oneByOne, inBatches] = [
  measured.filter(({ requestsPerPush }) => requestsPerPush >= 1),
  measured.filter(({ requestsPerPush }) => requestsPerPush < 1),
];
const dear = inBatches.filter(({ share }) => share > mostShare);
const named = (those: typeof measured): string => those.map(({ vendor }) => vendor).join(', ') || 'none';
console.log(`a request for each target, so that nothing is asked of the share: ${named(oneByOne)}`);
console.log(`in batches: ${named(inBatches)}; above ${mostShare.toFixed(2)}: ${named(dear)}`);
process.exit(dear.length > 0 ? 1 : 0);

/** People with one phone each, and one with as many phones as a job has room for. */
async function register({ vendor, bundle, phone }: Account): Promise<void> {
  const { phones } = await town.sandbox.call<{ phones: { token: string }[] }>('POST', '/phones/batch', {
    vendor,
    bundle,
    ...phone,
    count: people + width,
  });
  await inParallel(phones, 20, async ({ token }, index) => {
    const user = index < people ? `${vendor}-${index}` : `${vendor}-many`;
    const body = { user, vendor, token };
    await town.http('PUT', `/v1/devices/${vendor}-d${index}/push`, { body });
  });
}

async function send(
  client: RawClient,
  vendor: VendorName,
  kind: Kind,
  count: number,
  name: string,
): Promise<void> {
  const since = await town.sandbox.ledgerTail();
  const messages = kind === 'single' ? count : Math.ceil(count / width);
  await inParallel(
    Array.from({ length: messages }, (_, index) => index),
    200,
    async (index) => {
      const user = kind === 'single' ? `${vendor}-${index % people}` : `${vendor}-many`;
      await client.send([user], 'Are you coming?', { clientMessageId: `${name}-${vendor}-${kind}-${index}` });
    },
  );
  await until(
    'every push has reached the vendor',
    async () => (await town.sandbox.ledgerTail()) - since >= count,
    { withinMs: 180_000, everyMs: 50 },
  );
}

async function measure(client: RawClient, vendor: VendorName, kind: Kind, run: number): Promise<Run> {
  const { pid } = town.child('vendor-workers');
  const since = await town.sandbox.ledgerTail();
  const before = usageOf(pid);
  const startedAt = performance.now();
  await send(client, vendor, kind, pushes, `run-${run}`);
  const ms = performance.now() - startedAt;
  const cpuMs = usageOf(pid).cpuMs - before.cpuMs;
  const entries = await town.sandbox.ledger({ since });
  const requests = new Set(
    entries.map(({ connection, stream, arrivedAt }) => `${connection} ${stream} ${arrivedAt}`),
  );
  return {
    vendor,
    kind,
    perSecond: Math.round((pushes * 1_000) / ms),
    workerMicroseconds: Math.round((cpuMs * 1_000) / pushes),
    requestsPerPush: Math.round((requests.size / entries.length) * 1_000) / 1_000,
  };
}
