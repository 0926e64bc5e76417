import type { INestApplication } from '@nestjs/common';
import { type AppDirectory, type AppWatch, openAppDirectory } from '@reveille/bus/app-directory';
import { openBucket } from '@reveille/bus/bucket';
import type { Bus } from '@reveille/bus/connect';
import { openServiceBus } from '@reveille/bus/open-service-bus';
import { systemClock } from '@reveille/chassis/clock';
import { createCrashPoints } from '@reveille/chassis/crash-point';
import { Health } from '@reveille/chassis/health';
import { systemIds } from '@reveille/chassis/id-source';
import { Lifecycle } from '@reveille/chassis/lifecycle';
import { createLogger, type Logger } from '@reveille/chassis/logger';
import { createMetrics, type Metrics } from '@reveille/chassis/metrics';
import { openHealthPage } from '@reveille/chassis/nest/health-page';
import { telemetryPart } from '@reveille/chassis/telemetry';
import { systemTimers } from '@reveille/chassis/timers';
import type { ReceiptKeys } from '@reveille/chassis/receipt-keys';
import { buckets, streams } from '@reveille/contracts/streams';
import type { Config, ReceiptSettings } from './config.js';
import { collectDeadTokens } from './handlers/collect-dead-tokens.js';
import { recordReceipts } from './handlers/record-receipts.js';
import { sendPush } from './handlers/send-push.js';
import { withdrawPush } from './handlers/withdraw-push.js';
import { PushJobConsumers } from './inbound/bus/push-job.consumer.js';
import { RECEIPT_DOOR, ReceiptController, type ReceiptDoor } from './inbound/http/receipt.controller.js';
import { AppLines, type AppLinesOptions } from './outbound/app-lines.js';
import { CredentialCache } from './outbound/credential-cache.js';
import { type CredentialSource, openCredentialSource } from './outbound/credential-source.js';
import { DayTurns } from './outbound/day-turns.js';
import { moveWaitingJobs } from './outbound/move-waiting-jobs.js';
import { LineRecords } from './outbound/line-records.js';
import { openOwnSender, openSender } from './outbound/open-sender.js';
import { PacedLine } from './outbound/paced-line.js';
import { openPushFacts } from './outbound/push-facts.js';
import { openGates } from './outbound/open-gates.js';
import { openPushJournal } from './outbound/push-journal.js';
import { openReceiptKeyReader } from './outbound/receipt-key-reader.js';
import { openFeedbackTurns } from './outbound/feedback-turns.js';
import { openReceiptFacts } from './outbound/receipt-facts.js';
import { openReceiptJournal } from './outbound/receipt-journal.js';
import { openReceiptWatch } from './outbound/receipt-watch.js';
import { openPushWatch } from './outbound/push-watch.js';
import { QuotaLedger } from './outbound/quota-ledger.js';
import { AccessTokens } from './outbound/access-tokens.js';
import { watchQuotas } from './outbound/quota-watch.js';
import { openWithdrawalJournal } from './outbound/withdrawal-journal.js';
import { WorkerPeers } from './outbound/worker-peers.js';
import type { Machine } from './ports.js';
import { registry } from './registry.js';

const service = 'vendor-workers';
const closeGraceMs = 10_000;
/** How often it is looked whether a vendor's list of dead tokens is due. */
const feedbackLookMs = 5_000;
const neededStreams: ReadonlySet<string> = new Set(['PUSH_JOBS', 'PUSHES', 'APPS', 'DEAD_LETTERS']);
/** The consumers are looked at when their app appears. */
const needed = {
  streams: streams.filter(({ name }) => neededStreams.has(name)),
  consumers: [],
  buckets: [buckets.pushLines, buckets.feedbackPolls, buckets.credentials, buckets.accessTokens],
};

/** Everything that the process is made of, in the order in which it starts; it stops in reverse. */
export function buildVendorWorkers(config: Config): Lifecycle {
  const logger = createLogger({ service, instance: config.instance, level: config.logLevel });
  const health = new Health();
  const metrics = createMetrics({ service });
  let http: INestApplication | null = null;
  let bus: Bus | null = null;
  let worker: Worker | null = null;
  return new Lifecycle(logger, health)
    .add(telemetryPart(service, config.instance))
    .add({
      name: 'http',
      start: async () => {
        const { httpHost: host, httpPort: port, receipts } = config;
        const doors = receipts === null ? {} : { doors: receiptDoors(receipts.keys, () => worker, logger) };
        http = await openHealthPage({ host, port, health, metrics, ...doors });
      },
      stop: () => http?.close(),
    })
    .add({
      name: 'nats',
      start: async () => {
        bus = await openServiceBus({ service, config, needed, logger, clock: systemClock, health });
      },
      stop: () => bus?.drain(),
    })
    .add({
      name: 'worker',
      start: async () => {
        if (bus === null) throw new Error('the worker starts after NATS');
        worker = await openWorker({ config, bus, logger, health, metrics });
        await worker.start();
        logger.info('push jobs are taken', { vendors: config.vendors });
      },
      stop: () => worker?.stop(),
    });
}

interface Surroundings {
  readonly config: Config;
  readonly bus: Bus;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
}
interface Worker {
  /** Null before it knows the apps. */
  recordReceipts(): ReturnType<typeof recordReceipts> | null;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function openWorker({ config, bus, logger, health, metrics }: Surroundings): Promise<Worker> {
  const clock = systemClock;
  const machine: Machine = {
    now: () => clock.now(),
    random: () => systemIds.random(),
    nonce: () => systemIds.token(16),
  };
  const shared = await openShared({ config, bus, logger, health, metrics });
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
      records: shared.records,
      logger,
      health,
      metrics,
      clock,
      timers: systemTimers,
    }),
    openPace: shared.openPace,
    allowancesOf: (app, vendor) => shared.ledger.of(app, vendor),
    credentials: openCredentials(config, bus, source),
    sealing: config.sealing,
    receiptsOf: receiptsOf(config.receipts),
  });
  const facts = openPushFacts(bus);
  const handle = sendPush({
    facts,
    journal: openPushJournal(bus, { clock, uuid: () => systemIds.uuid() }),
    lines,
    watch: openPushWatch({ metrics, clock, checkpoint: createCrashPoints(config.crashAt) }),
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
      shared.turns.configure(settings, config.vendors);
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
      await shared.stop();
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

interface Shared {
  readonly records: LineRecords;
  readonly turns: DayTurns;
  readonly ledger: QuotaLedger;
  readonly openPace: AppLinesOptions['openPace'];
  stop(): Promise<void>;
}

/** What the workers know together: who lives, what the quotas have left, which lines are shut. */
async function openShared({ config, bus, logger, health, metrics }: Surroundings): Promise<Shared> {
  const [clock, { instance, vendors }] = [systemClock, config];
  const after = (milliseconds: number, action: () => void) => systemTimers.after(milliseconds, action);
  const failed = (error: unknown) => logger.warn('a shared record could not be written', { error });
  const records = await LineRecords.open(bus);
  const peers = new WorkerPeers({ records, clock, instance, vendors, failed });
  const turns = openDayTurns({ config, bus, logger, records });
  const ledger = new QuotaLedger({ records, clock, after, turns, failed });
  const paces = metrics.gauge('push_pace', 'Targets per second of a line, here; 0: as fast as they come.', [
    'app',
    'vendor',
  ]);
  watchQuotas({ records, clock, after, turns, health, metrics, logger });
  return {
    records,
    turns,
    ledger,
    openPace: (app, vendor, perSecond) =>
      new PacedLine({
        clock,
        after,
        perSecond: perSecond ?? registry[vendor].limits.targetsPerSecond,
        workers: () => peers.count(vendor),
        changed: (now) => paces.set(now ?? 0, { app, vendor }),
      }),
    stop: async () => {
      await turns.stop();
      await ledger.stop();
      await peers.stop();
      records.stop();
    },
  };
}

function openDayTurns({
  config,
  bus,
  logger,
  records,
}: Pick<Surroundings, 'config' | 'bus' | 'logger'> & Pick<Shared, 'records'>): DayTurns {
  const clock = systemClock;
  return new DayTurns({
    records,
    clock,
    after: (milliseconds, action) => systemTimers.after(milliseconds, action),
    usual: config.dayTurn,
    moveWaiting: async (app, vendor, renewsAt) => {
      const [now, random] = [() => clock.now(), () => systemIds.random()];
      const count = await moveWaitingJobs(app, vendor, { bus, renewsAt, now, random });
      if (count > 0) logger.info('jobs that wait for a quota move with its day', { app, vendor, count });
    },
    failed: (error) => logger.warn('jobs that wait for a quota could not be moved with its day', { error }),
  });
}

function receiptsOf(receipts: ReceiptSettings | null): AppLinesOptions['receiptsOf'] {
  if (receipts === null) return () => () => ({ receiptUrl: null, receiptParam: null });
  const { keys, publicUrl } = receipts;
  return (app, vendor) => {
    const receiptUrl = publicUrl + keys.pathOf(app, vendor);
    return (messageId) => ({ receiptUrl, receiptParam: keys.paramOf(app, vendor, messageId) });
  };
}

interface ReceiptSurroundings extends Omit<Surroundings, 'health'> {
  readonly lines: AppLines;
  readonly source: CredentialSource;
}

function openReceipts({ config, bus, logger, metrics, lines, source }: ReceiptSurroundings) {
  const { sealing, receipts } = config;
  const watch = openReceiptWatch(metrics, logger);
  const journal = openReceiptJournal(bus, { clock: systemClock, uuid: () => systemIds.uuid() });
  const keep = { facts: openReceiptFacts(bus, sealing), journal, kept: watch.kept };
  const record = recordReceipts({
    lines,
    keep,
    keyIn: openReceiptKeyReader(source, systemClock),
    messageIdIn: (app, vendor, param) => receipts?.keys.messageIdIn(app, vendor, param) ?? null,
    refused: watch.refused,
  });
  const turns = openFeedbackTurns(bus, systemClock);
  const collectOf = collectDeadTokens({ lines, turns, keep, clock: systemClock, unread: watch.unread });
  const collect = async (): Promise<void> => {
    for (const { app, vendor } of lines.all()) {
      await collectOf(app, vendor).catch((error: unknown) =>
        logger.warn('a list of dead tokens could not be kept', { app, vendor, error }),
      );
    }
  };
  return { record, collect };
}

interface Repeated {
  /** Begins no more; resolves when what runs is done. */
  stop(): Promise<void>;
}

/** Looks for what is due, never twice at once. */
function repeat(everyMs: number, work: () => Promise<void>): Repeated {
  let running: Promise<void> | null = null;
  const look = (): void => {
    running ??= work().finally(() => {
      running = null;
    });
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}

function receiptDoors(keys: ReceiptKeys, worker: () => Worker | null, logger: Logger) {
  const door: ReceiptDoor = {
    record: () => worker()?.recordReceipts() ?? null,
    isSecretOf: keys.isSecretOf,
    now: () => systemClock.now(),
  };
  return {
    controllers: [ReceiptController],
    providers: [{ provide: RECEIPT_DOOR, useValue: door }],
    logger,
  };
}
