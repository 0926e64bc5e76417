import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { createSealing } from '@reveille/chassis/sealing';
import { Secret } from '@reveille/chassis/secret';
import { type AppSettings, appSettingsSchema } from '@reveille/contracts/app/events';
import type { Lifecycle } from '@reveille/chassis/lifecycle';
import { buildVendorWorkers } from '../vendor-workers.module.js';
import { type SinkVendor, startSinkVendor } from './sink-vendor.js';
import { openWorkerTown, type WorkerTown } from './worker-town.js';

// One worker process by itself: jobs as the router publishes them, to a vendor that says yes to everything, each job's outcome
// durable. Asked as `measure-worker.main.js <rounds> <pushes> <targets per job, with commas>`; says one line of JSON per round.

type WorkerOptions = ReturnType<WorkerTown['workerConfig']>;
type SinkPlace = Pick<SinkVendor, 'origin' | 'caFile'>;
interface Usage {
  /** Of all threads: the compiler's and the collector's too. */
  readonly cpuMs: number;
  readonly mainThreadMs: number;
  readonly rssMegabytes: number;
}

const people = 5_000;
/** Pushes that are published together, before the ones before them must be done. */
const inStore = 1_000;
const role = process.argv[2];
if (role === 'worker') void beWorker();
else if (role === 'sink') void beSink();
else await measure();

async function measure(): Promise<void> {
  const [rounds = 3, pushes = 5_000] = process.argv.slice(2, 4).map(Number);
  const widths = (process.argv[4] ?? '1,500').split(',').map(Number);
  const town = await openWorkerTown(['bench']);
  const sink = await child('sink', {});
  const app = appOf(sink.said as SinkPlace);
  await town.configure(app);
  const worker = await child('worker', town.workerConfig());
  const tokens = Array.from({ length: people }, () => randomBytes(32).toString('hex'));
  const round = (width: number) => measureRound(town, worker.process, app, tokens, width, pushes);
  try {
    for (const width of widths) await round(width);
    for (let index = 0; index < rounds; index += 1)
      // Alternating, so that a slow minute of the machine meets all of them.
      for (const width of widths) process.stdout.write(`${JSON.stringify(await round(width))}\n`);
  } finally {
    for (const each of [worker, sink]) each.process.send('stop');
    await Promise.all([worker, sink].map((each) => once(each.process, 'exit')));
    await town.stop();
  }
}

async function measureRound(
  town: WorkerTown,
  worker: ChildProcess,
  app: AppSettings,
  tokens: readonly string[],
  width: number,
  pushes: number,
): Promise<object> {
  const jobs = Array.from({ length: Math.ceil(pushes / width) }, (_, index) =>
    town.job(
      app,
      'apns',
      Array.from({ length: width }, (_token, place) => tokens[(index * width + place) % people] ?? ''),
    ),
  );
  const tail = await town.operator.streamTail('PUSHES');
  const asked = town.asked.targets;
  const before = await usageOf(worker);
  const startedAt = performance.now();
  const atOnce = Math.ceil(inStore / width);
  const doneJobs = async () => (await town.operator.streamTail('PUSHES')) - tail;
  for (let from = 0; from < jobs.length; from += atOnce) {
    await Promise.all(jobs.slice(from, from + atOnce).map((job) => town.publish(app, job)));
    await waitUntil('the worker keeps up', async () => (await doneJobs()) >= from, 120_000);
  }
  await waitUntil('every outcome is durable', async () => (await doneJobs()) >= jobs.length, 120_000);
  const ms = performance.now() - startedAt;
  const after = await usageOf(worker);
  const sent = jobs.length * width;
  const perPush = (used: number): number => Math.round((used / sent) * 10_000) / 10;
  return {
    targetsPerJob: width,
    pushes: sent,
    perSecond: Math.round((sent / ms) * 1_000),
    cpuMicroseconds: perPush(after.cpuMs - before.cpuMs),
    mainThreadMicroseconds: perPush(after.mainThreadMs - before.mainThreadMs),
    rssMegabytes: after.rssMegabytes,
    /** How often presence was asked about jobs that had waited for long: then the machine was too busy for this. */
    askedAnew: town.asked.targets - asked,
  };
}

function appOf({ origin, caFile }: SinkPlace): AppSettings {
  const file = join(dirname(caFile), 'key.p8');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const names = { teamId: 'TEAM000000', keyId: 'KEY0000000', bundleId: 'com.example.bench' };
  const apns = {
    ...names,
    credential: `file:${file}`,
    caFile,
    endpoint: origin,
    developmentEndpoint: origin,
  };
  return appSettingsSchema.parse({ app: 'bench', vendors: { apns } });
}

async function child(name: string, options: object): Promise<{ process: ChildProcess; said: unknown }> {
  const started = fork(import.meta.filename, [name]);
  started.send(options);
  const [said] = (await once(started, 'message')) as [unknown];
  return { process: started, said };
}

async function usageOf(worker: ChildProcess): Promise<Usage> {
  worker.send('usage');
  const [usage] = (await once(worker, 'message')) as [Usage];
  return usage;
}

async function beWorker(): Promise<void> {
  const [{ config, seed, keys }] = (await once(process, 'message')) as [WorkerOptions];
  const worker: Lifecycle = buildVendorWorkers({
    ...config,
    natsSeed: new Secret(seed),
    sealing: createSealing(keys),
  });
  await worker.start();
  process.on('message', (word) => {
    if (word === 'stop') void worker.stop().then(() => process.disconnect());
    else process.send?.(usage());
  });
  process.send?.({});
}

async function beSink(): Promise<void> {
  const sink = await startSinkVendor();
  const { origin, caFile } = sink;
  process.on('message', (word) => {
    if (word === 'stop') void sink.close().then(() => process.disconnect());
  });
  process.send?.({ origin, caFile });
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  const own = process.threadCpuUsage();
  return {
    cpuMs: (user + system) / 1_000,
    mainThreadMs: (own.user + own.system) / 1_000,
    rssMegabytes: Math.round(process.memoryUsage.rss() / 1_048_576),
  };
}
