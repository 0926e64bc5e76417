import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';
import { RawClient } from '@reveille/e2e/harness/raw-client';
import { inParallel, until } from '@reveille/e2e/harness/scenario';
import { Town } from '@reveille/e2e/harness/town';
import { keepResults, median, quantile, table } from './report.js';
import { type ProcessUsage, usagesOf } from './process-usage.js';

// The whole path, as a user gets it: a message over a WebSocket to somebody who is away, until the vendor has the request. Everything
// runs on this machine: the sender, six processes, nats-server, Postgres and the simulated vendor.
// A process compiles what is hot in its first tens of thousands of messages, at a third of its CPU: they are sent before anything is
// measured, since "sustained" is what comes after them.
//   node bench/dist/spine.js [--runs 3] [--messages 20000] [--warm-up 30000] [--rate 500] [--vendors apns,fcm] [--loads sustained,paced]
//     [--env NAME=VALUE]
const text = (name: string, fallback: string): string => {
  const index = process.argv.indexOf(`--${name}`);
  return index === -1 ? fallback : (process.argv[index + 1] ?? fallback);
};
const option = (name: string, fallback: number): number => Number(text(name, String(fallback)));
const wanted = text('vendors', 'apns,fcm').split(',');
const vendors = vendorNames.filter((name) => wanted.includes(name));
const loads = (['sustained', 'paced'] as const).filter((name) =>
  text('loads', 'sustained,paced').split(',').includes(name),
);
/** In the environment of every process of the town, as `NODE_OPTIONS=--cpu-prof`. */
const environment = text('env', '');
const runs = option('runs', 3);
const messages = option('messages', 20_000);
const warmUp = option('warm-up', 30_000);
const rate = option('rate', 500);
const people = 1_000;
const senders = 8;

interface Run {
  readonly vendor: VendorName;
  readonly kind: 'sustained' | 'paced';
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicrosecondsPerMessage: Record<string, number>;
  /** Calls into the kernel per message, reads and writes. */
  readonly callsPerMessage: Record<string, string>;
}

const town = await Town.start({
  flags: [
    ...['--app-setting', 'messagesPerSecond=1000000', '--log-level', 'warn'],
    ...(environment === '' ? [] : ['--env', environment]),
  ],
});
const results: Run[] = [];
try {
  await town.sandbox.liftFrequencyLimits();
  const users = new Map<VendorName, string[]>();
  for (const vendor of vendors) users.set(vendor, await register(vendor));
  const usersOf = (vendor: VendorName | undefined): string[] =>
    (vendor === undefined ? undefined : users.get(vendor)) ?? [];
  const clients = await inParallel(
    Array.from({ length: senders }, (_, index) => index),
    senders,
    async (index) =>
      RawClient.login({
        url: town.ready.urls.webSocket,
        deviceId: `sender-${index}`,
        token: await town.clientToken(`sender-${index}`),
      }),
  );
  await warmUpAll(clients, usersOf);
  for (let run = 0; run < runs; run += 1) {
    // Alternating, so that a slow minute of the machine meets all of them.
    for (const vendor of vendors) {
      for (const load of loads) results.push(await measure(clients, usersOf(vendor), vendor, load, run));
      process.stderr.write(
        `run ${run + 1} of ${runs}, ${vendor}: ${results
          .slice(-loads.length)
          .map(({ kind, perSecond, p99Ms }) => `${kind} ${perSecond}/s p99 ${p99Ms} ms`)
          .join(', ')}\n`,
      );
    }
  }
  for (const client of clients) client.close();
} finally {
  await town.stop();
}

const kinds = vendors.flatMap((vendor) => loads.map((load) => [vendor, load] as const));
const rows = kinds.map(([vendor, kind]) => {
  const of = results.filter((result) => result.vendor === vendor && result.kind === kind);
  const cpu = Object.keys(of[0]?.cpuMicrosecondsPerMessage ?? {}).map(
    (name) =>
      `${name} ${Math.round(median(of.map((result) => result.cpuMicrosecondsPerMessage[name] ?? 0)))}`,
  );
  return [
    vendor,
    kind === 'paced' ? `at ${rate}/s` : 'as fast as it goes',
    Math.round(median(of.map(({ perSecond }) => perSecond))),
    median(of.map(({ p50Ms }) => p50Ms)),
    median(of.map(({ p99Ms }) => p99Ms)),
    cpu.join(', '),
  ];
});
console.log(table(['vendor', 'load', 'messages/s', 'p50 ms', 'p99 ms', 'CPU us per message'], rows));
console.log(`medians of ${runs} runs; raw: ${keepResults('spine', results)}`);
process.exit(0);

async function register(vendor: VendorName): Promise<string[]> {
  const phones = await town.sandbox.addPhones(vendor, people);
  return inParallel(phones, 50, async ({ token }, index) => {
    const user = `${vendor}-${index}`;
    await town.register(`${user}-d`, { user, vendor, token });
    return user;
  });
}

/** Evenly over the vendors: each has code of its own. */
async function warmUpAll(
  clients: readonly RawClient[],
  usersOf: (vendor: VendorName) => readonly string[],
): Promise<void> {
  const since = await town.sandbox.ledgerTail();
  const each = Math.ceil(warmUp / vendors.length);
  for (const vendor of vendors) await flow(clients, usersOf(vendor), each, null, `warm-up-${vendor}`);
  await reached(since, each * vendors.length);
}

/** Resolves when the vendors have got so many requests since then. */
function reached(since: number, count: number): Promise<true> {
  return until(
    'every message has reached the vendor',
    async () => {
      const { last } = await town.sandbox.call<{ last: number }>('GET', '/ledger?limit=1');
      return last - since >= count ? true : null;
    },
    { withinMs: 300_000, everyMs: 100 },
  );
}

async function measure(
  clients: readonly RawClient[],
  users: readonly string[],
  vendor: Run['vendor'],
  kind: Run['kind'],
  run: number,
): Promise<Run> {
  const count = kind === 'paced' ? Math.min(messages, rate * 10) : messages;
  const since = await town.sandbox.ledgerTail();
  const before = usages();
  const startedAt = Date.now();
  const acceptedAt = await flow(
    clients,
    users,
    count,
    kind === 'paced' ? rate : null,
    `${vendor}-${kind}-${run}`,
  );
  await reached(since, count);
  const after = usages();
  const requests = await town.sandbox.ledger({ since });
  const last = Math.max(...requests.map(({ arrivedAt }) => arrivedAt));
  const latencies = requests
    .map(({ arrivedAt, collapse }) => arrivedAt - (acceptedAt.get(collapse ?? '') ?? Number.NaN))
    .filter((value) => !Number.isNaN(value));
  const cpuMicrosecondsPerMessage = Object.fromEntries(
    [...after].map(([name, usage]) => [
      name,
      ((usage.cpuMs - (before.get(name)?.cpuMs ?? 0)) * 1_000) / count,
    ]),
  );
  const callsPerMessage = Object.fromEntries(
    [...after].map(([name, { reads, writes }]) => {
      const { reads: readsBefore = 0, writes: writesBefore = 0 } = before.get(name) ?? {};
      const per = (calls: number): string => (calls / count).toFixed(2);
      return [name, `${per(reads - readsBefore)} + ${per(writes - writesBefore)}`];
    }),
  );
  return {
    vendor,
    kind,
    perSecond: Math.round((count * 1_000) / (last - startedAt)),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMicrosecondsPerMessage,
    callsPerMessage,
  };
}

/** The town's processes, and this one, which sends. */
function usages(): Map<string, ProcessUsage> {
  return usagesOf([...town.children(), { name: 'sender', pid: process.pid }]);
}

/** Sends and gives when each message was accepted. */
async function flow(
  clients: readonly RawClient[],
  users: readonly string[],
  count: number,
  perSecond: number | null,
  name: string,
): Promise<Map<string, number>> {
  const acceptedAt = new Map<string, number>();
  const startedAt = performance.now();
  await inParallel(
    Array.from({ length: count }, (_, index) => index),
    perSecond === null ? 200 : 400,
    async (index) => {
      if (perSecond !== null) {
        const wait = (index * 1_000) / perSecond - (performance.now() - startedAt);
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      }
      const client = clients[index % clients.length] as RawClient;
      const sent = await client.send([users[index % users.length] ?? ''], 'Are you coming?', {
        clientMessageId: `${name}-${index}`,
      });
      acceptedAt.set(sent.messageId, sent.acceptedAt);
    },
  );
  return acceptedAt;
}
