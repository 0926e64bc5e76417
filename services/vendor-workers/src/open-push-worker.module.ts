import { type AppDirectory, type AppWatch, openAppDirectory } from '@reveille/bus/app-directory';
import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { systemIds } from '@reveille/chassis/id-source';
import { systemTimers } from '@reveille/chassis/timers';
import { buckets } from '@reveille/contracts/streams';
import type { Config } from './config.js';
import { sendPush } from './handlers/send-push.js';
import { withdrawPush } from './handlers/withdraw-push.js';
import { PushJobConsumers } from './inbound/bus/push-job.consumer.js';
import { AppLines } from './outbound/app-lines.js';
import { CredentialCache } from './outbound/credential-cache.js';
import { type CredentialSource, openCredentialSource } from './outbound/credential-source.js';
import { openOwnSender, openSender } from './outbound/open-sender.js';
import { openPushFacts } from './outbound/push-facts.js';
import { openGates } from './outbound/open-gates.js';
import { openPushJournal } from './outbound/push-journal.js';
import { openPushWatch } from './outbound/push-watch.js';
import { AccessTokens } from './outbound/access-tokens.js';
import { openWithdrawalJournal } from './outbound/withdrawal-journal.js';
import type { Machine } from './ports.js';
import { registry } from './registry.js';
import {
  openReceipts,
  receiptsOf,
  type RecordReceipts,
  type Repeated,
  repeat,
} from './open-receipts.module.js';
import { openWorkerRecords, type Surroundings } from './open-worker-records.module.js';

const closeGraceMs = 10_000;
/** How often it is looked whether a vendor's list of dead tokens is due. */
const feedbackLookMs = 5_000;

/** What a process does between its start and its stop: it takes jobs, keeps receipts, and looks for dead tokens. */
export interface PushWorker {
  /** Null before it knows the apps. */
  recordReceipts(): RecordReceipts | null;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Wires the push path: jobs in, requests out, outcomes told. */
export async function openPushWorker({
  config,
  bus,
  logger,
  health,
  metrics,
}: Surroundings): Promise<PushWorker> {
  const clock = systemClock;
  const machine: Machine = {
    now: () => clock.now(),
    random: () => systemIds.random(),
    nonce: () => systemIds.token(16),
  };
  const known = await openWorkerRecords({ config, bus, logger, health, metrics });
  const source = openCredentialSource({
    isDemo: config.isDemo,
    sealed: { bucket: openBucket(bus, buckets.credentials.name), sealing: config.sealing },
  });
  const lines = new AppLines({
    vendors: config.vendors,
    channelOf: (vendor, app) => registry[vendor].channelOf(app),
    openSender: (channel) => openSender(channel, machine),
    openTokenSender: (channel) => openOwnSender(channel, machine),
    openGate: openGates({
      bus,
      records: known.records,
      logger,
      health,
      metrics,
      clock,
      timers: systemTimers,
    }),
    openPace: known.openPace,
    allowancesOf: (app, vendor) => known.ledger.of(app, vendor),
    credentials: openCredentials(config, bus, source),
    sealing: config.sealing,
    receiptsOf: receiptsOf(config.receipts),
  });
  const facts = openPushFacts(bus);
  const handle = sendPush({
    facts,
    journal: openPushJournal(bus, { clock, uuid: () => systemIds.uuid() }),
    lines,
    watch: openPushWatch({ logger, metrics, clock, checkpoint: createCrashPoints(config.crashAt) }),
    machine,
  });
  const consumers = new PushJobConsumers(bus, {
    handle,
    withdraw: withdrawPush({
      facts,
      journal: openWithdrawalJournal(bus, { clock, uuid: () => systemIds.uuid() }),
      lines,
      machine,
    }),
    gateOf: (app, vendor) => lines.gateOf(app, vendor),
    maxInFlight: config.maxInFlight,
    unfit: (consumer, fault) => {
      if (fault !== null) health.set(`consumer ${consumer}`, false, fault, false);
      else health.forget(`consumer ${consumer}`);
    },
  });
  metrics.observed('push_jobs_at_hand', 'Jobs that are being handled.', () => consumers.inFlight());
  metrics.observed(
    'push_loops_waiting',
    'Loops that miss presence, router or the log.',
    () => consumers.waiting().length,
  );
  const { record, collect } = openReceipts({ config, bus, logger, metrics, lines, source });
  let feedback: Repeated | null = null;
  let apps: AppDirectory | null = null;
  const watch: AppWatch = {
    configured: (settings) => {
      known.turns.configure(settings, config.vendors);
      const served = lines.configure(settings);
      for (const vendor of config.vendors) {
        if (served.includes(vendor)) consumers.serve(settings.app, vendor);
        else consumers.serveWhatIsThere(settings.app, vendor);
      }
    },
    removed: (app) => {
      lines.remove(app);
      for (const vendor of config.vendors) consumers.serveWhatIsThere(app, vendor);
    },
  };
  return {
    recordReceipts: () => (apps === null ? null : record),
    start: async () => {
      apps = await openAppDirectory(bus, watch);
      feedback = repeat(feedbackLookMs, collect);
    },
    stop: async () => {
      apps?.stop();
      await feedback?.stop();
      lines.rest();
      await consumers.stop();
      await lines.close(closeGraceMs);
      await known.stop();
    },
  };
}

/** Credentials of this machine's files and of the sealed bucket; their access tokens are had by all workers together. */
function openCredentials({ sealing, instance }: Config, bus: Bus, source: CredentialSource): CredentialCache {
  const pause = (milliseconds: number) =>
    new Promise<void>((resolve) => void systemTimers.after(milliseconds, resolve));
  return new CredentialCache({
    clock: systemClock,
    source,
    tokens: new AccessTokens({
      bucket: openBucket(bus, buckets.accessTokens.name),
      sealing,
      clock: systemClock,
      pause,
      // Two processes may have been given the same name.
      instance: `${instance}/${systemIds.token(6)}`,
    }),
  });
}
