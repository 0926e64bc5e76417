import { randomBytes } from 'node:crypto';
import type { Bus } from '@reveille/bus/connect';
import { respond } from '@reveille/bus/respond';
import type { TestNatsServer } from '@reveille/bus/testing/nats-server';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { systemIds } from '@reveille/chassis/id-source';
import type { Lifecycle } from '@reveille/chassis/lifecycle';
import { createSealing, type Sealing } from '@reveille/chassis/sealing';
import { Secret } from '@reveille/chassis/secret';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { OwnersAsk, TargetsAnswer, TargetsAsk } from '@reveille/contracts/ask/presence';
import type { LocateAsk, StandingAnswer, StandingAsk } from '@reveille/contracts/ask/router';
import { dedupId, jobIdOf } from '@reveille/contracts/message-id';
import { partitionOf } from '@reveille/contracts/partition';
import type { PushAttempted, PushClosed } from '@reveille/contracts/push/events';
import type { PushJob, PushTarget } from '@reveille/contracts/push/job';
import { sealedForNobody } from '@reveille/contracts/push/receipt';
import type { VendorName } from '@reveille/contracts/push/vendor';
import { parseSubject, subjects } from '@reveille/contracts/subjects';
import type { Config } from '../config.js';
import { buildVendorWorkers } from '../vendor-workers.module.js';

type Binding = TargetsAnswer['targets'][number];
export type PushEvent =
  | { readonly type: 'attempted'; readonly data: PushAttempted }
  | { readonly type: 'closed'; readonly data: PushClosed };

/** The worker between a real nats-server with the generated permissions and doubles of presence and router that a test steers. */
export interface WorkerTown {
  readonly server: TestNatsServer;
  readonly router: Bus;
  readonly operator: Bus;
  readonly sealing: Sealing;
  /** What presence says of a device; what it does not know it calls bound to the token that the job was made with. */
  readonly bindings: Map<string, Binding>;
  /** What the router says of a message that does not stand any more. */
  readonly over: Map<string, StandingAnswer['closed'][number]>;
  /** Whose a token is, as presence says of receipts; nobody's otherwise. */
  readonly owners: Map<string, { readonly deviceId: string; readonly user: string }>;
  readonly asked: { targets: number; standing: number };
  configure(app: AppSettings): Promise<void>;
  remove(app: string): Promise<void>;
  job(
    app: AppSettings,
    vendor: VendorName,
    tokens: readonly string[],
    more?: Partial<PushJob> & { readonly title?: string },
  ): PushJob;
  publish(app: AppSettings, job: PushJob, id?: string): Promise<void>;
  events(jobId?: string): Promise<readonly PushEvent[]>;
  /** Nothing waits in PUSH_JOBS, neither as work nor as a schedule. */
  untilQuiet(deadlineMs?: number): Promise<void>;
  /** What a worker of this town runs with, the seed and the sealing keys in the clear: for one in another process. */
  workerConfig(): {
    readonly config: Omit<Config, 'natsSeed' | 'sealing'>;
    readonly seed: string;
    readonly keys: string;
  };
  startWorker(more?: Partial<Config>): Promise<Lifecycle>;
  stop(): Promise<void>;
}

let messages = 0;

export async function openWorkerTown(apps: readonly string[]): Promise<WorkerTown> {
  const server: TownServer = await startTownServer({ apps: apps.map((app) => ({ app })) });
  const router = await server.connectAs('router');
  const presence = await server.connectAs('presence');
  const operator = await server.connectAs('operator');
  const keys = `k1:${randomBytes(32).toString('base64')}\n`;
  const sealing = createSealing(keys);
  const bindings = new Map<string, Binding>();
  const tokens = new Map<string, PushTarget>();
  const over = new Map<string, StandingAnswer['closed'][number]>();
  const owners: WorkerTown['owners'] = new Map();
  const asked = { targets: 0, standing: 0 };
  respond(presence, subjects.askOwners(), { queue: 'presence' }, (body) => ({
    owners: (body as OwnersAsk).tokens.map(({ app, sealedToken }) => {
      const owner = owners.get(sealing.open(sealedToken, { app, deviceId: sealedForNobody }));
      return {
        tokenRef: 'ref-of-a-token-0000',
        deviceId: owner?.deviceId ?? null,
        user: owner?.user ?? null,
      };
    }),
  }));
  respond(router, subjects.askLocate(), { queue: 'router' }, (body) => ({
    places: (body as LocateAsk).pushes.map(({ messageId }) =>
      messageId === null ? null : { messageId, partition: partitionOf(messageId), settledAt: Date.now() },
    ),
  }));
  respond(presence, subjects.askTargets(), { queue: 'presence' }, (body) => {
    asked.targets += 1;
    return {
      targets: (body as TargetsAsk).targets.map(
        ({ deviceId }) => bindings.get(deviceId) ?? boundTo(tokens.get(deviceId)),
      ),
    };
  });
  respond(router, subjects.askStanding(), { queue: 'router' }, (body) => {
    asked.standing += 1;
    return { closed: (body as StandingAsk).pushes.map(({ messageId }) => over.get(messageId) ?? null) };
  });
  const workers: Lifecycle[] = [];

  const town: WorkerTown = {
    server: server.server,
    router,
    operator,
    sealing,
    bindings,
    over,
    owners,
    asked,
    async configure(app) {
      await publishApp(router, app.app, 'configured', app);
    },
    async remove(app) {
      await publishApp(router, app, 'removed', { app });
    },
    job(app, vendor, clear, { title = 'Ann', ...more } = {}) {
      const messageId = `message-${(messages += 1)}`;
      const now = Date.now();
      const targets = clear.map((token, index): PushTarget => {
        const deviceId = `device-${messages}-${index}`;
        const target = {
          user: 'bob',
          deviceId,
          tokenRef: 'ref-of-a-token-0000',
          environment: 'production' as const,
          sealedToken: sealing.seal(token, { app: app.app, deviceId }),
        };
        tokens.set(deviceId, target);
        return target;
      });
      return {
        jobId: jobIdOf(messageId, 0, 0, vendor, 0),
        messageId,
        chunk: 0,
        round: 0,
        vendor,
        lane: 'normal',
        attempt: 1,
        backoffStep: 0,
        repeat: false,
        partition: partitionOf(messageId),
        settledAt: now,
        acceptedAt: now,
        targets,
        notification: {
          strategy: 'alert',
          title,
          content: 'Hello',
          payload: '',
          threadId: '',
          badgeIncrement: null,
          resourcesId: '',
          sender: 'ann',
          collapse: messageId,
          sentAt: now,
          expiresAt: now + 600_000,
        },
        ...more,
      };
    },
    async publish({ app }, job, id = job.jobId) {
      await router.publisher.publishFact({
        subject: subjects.pushJob(job.vendor, job.lane, app),
        messageId: dedupId.job(app, id),
        envelope: {
          id: systemIds.uuid(),
          type: 'push-job',
          version: 1,
          source: 'router',
          time: Date.now(),
          app,
          subject: job.messageId,
          correlation: job.messageId,
          causation: null,
          traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          data: job,
        },
      });
    },
    async events(jobId) {
      const untilSequence = await operator.streamTail('PUSHES');
      const events: PushEvent[] = [];
      for await (const { subject, data } of operator.scan('PUSHES', { subjects: [], untilSequence })) {
        const event = {
          type: parseSubject(subject)?.event,
          data: JSON.parse(Buffer.from(data).toString()),
        } as PushEvent;
        if (jobId === undefined || event.data.jobId === jobId) events.push(event);
      }
      return events;
    },
    untilQuiet: (deadlineMs = 60_000) =>
      waitUntil(
        'PUSH_JOBS is empty',
        async () => (await operator.jsm.streams.info('PUSH_JOBS')).state.messages === 0,
        deadlineMs,
      ),
    workerConfig: () => ({
      seed: server.keys['vendor-workers'].seed,
      keys,
      config: {
        natsUrl: server.server.url,
        httpHost: '127.0.0.1',
        httpPort: 0,
        logLevel: 'error',
        instance: 'test',
        isDemo: false,
        vendors: ['apns', 'fcm'],
        maxInFlight: 500,
        receipts: null,
        crashAt: null,
        dayTurn: { afterMidnightMs: 0 },
      },
    }),
    async startWorker(more = {}) {
      const { config, seed } = town.workerConfig();
      const worker = buildVendorWorkers({ ...config, natsSeed: new Secret(seed), sealing, ...more });
      workers.push(worker);
      await worker.start();
      return worker;
    },
    async stop() {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all([router.drain(), presence.drain(), operator.drain()]);
      await server.stop();
    },
  };
  return town;
}

function boundTo(target: PushTarget | undefined): Binding {
  if (target?.sealedToken == null) return { state: 'gone', reason: 'unregistered' };
  const { tokenRef, sealedToken, environment } = target;
  return { state: 'bound', tokenRef, sealedToken, environment, bundle: null };
}

async function publishApp(
  bus: Bus,
  app: string,
  event: 'configured' | 'removed',
  data: unknown,
): Promise<void> {
  await bus.publisher.publishFact({
    subject: subjects.app(app, event),
    messageId: `${app}:${systemIds.uuid()}`,
    envelope: {
      id: systemIds.uuid(),
      type: `app-${event}`,
      version: 1,
      source: 'router',
      time: Date.now(),
      app,
      subject: app,
      correlation: null,
      causation: null,
      traceparent: null,
      data,
    },
  });
}
