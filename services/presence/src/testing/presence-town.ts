import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { Health } from '@reveille/chassis/health';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { createSealing, type Sealing } from '@reveille/chassis/sealing';
import { Secret } from '@reveille/chassis/secret';
import { type PostgresServer, startPostgres, temporaryDataFolder } from '@reveille/chassis/postgres-server';
import { freePort } from '@reveille/chassis/testing/free-port';
import { appSettingsSchema } from '@reveille/contracts/app/events';
import type {
  DeviceDescription,
  LookupAnswer,
  OpenSessionAnswer,
  OpenSessionAsk,
  RegisterPushAnswer,
  RegisterPushAsk,
  TargetsAnswer,
  TargetsAsk,
} from '@reveille/contracts/ask/presence';
import type { DeviceId, UserId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { SuspicionPolicy } from '../domain/push-line/suspicion.js';
import { openPresence, type Presence } from '../open-presence.module.js';
import { migrations } from '../outbound/db/migrations.js';
import { type PresenceTables, presenceSchema } from '../outbound/db/schema.js';

export const app = 'chat';

/** For whoever asks as a test: a busy machine answers late, and that is no fault of presence. */
export const patience = { timeoutMs: 20_000 };

/** A presence of its own connection, among others in one town. */
export interface RunningPresence {
  readonly bus: Bus;
  readonly logged: string[];
  readonly health: Health;
  stop(): Promise<void>;
}

/** A real nats-server with the streams and identities of a town, a real Postgres, and as many presences as are started. */
export interface PresenceTown {
  readonly nats: TownServer;
  readonly database: Database<PresenceTables>;
  readonly sealing: Sealing;
  readonly sealingKeys: string;
  readonly fingerprintKey: Buffer;
  readonly gateway: Bus;
  readonly router: Bus;
  readonly worker: Bus;
  start(options?: {
    sealing?: Sealing;
    suspicion?: SuspicionPolicy;
    checkpoint?: () => void;
  }): Promise<RunningPresence>;
  register(deviceId: DeviceId, ask?: Partial<RegisterPushAsk>): Promise<RegisterPushAnswer>;
  logout(deviceId: DeviceId, user: UserId): Promise<void>;
  open(sessionId: string, ask?: Partial<OpenSessionAsk>): Promise<OpenSessionAnswer>;
  lookup(...users: UserId[]): Promise<DeviceDescription[][]>;
  targets(targets: Omit<TargetsAsk['targets'][number], 'app'>[]): Promise<TargetsAnswer['targets']>;
  /** Postgres dies as a machine does, and comes back. */
  restartPostgres(): Promise<void>;
  stop(): Promise<void>;
}

/** `isDurable`: what Postgres has committed survives its death; slower. */
export async function startPresenceTown({ isDurable = false } = {}): Promise<PresenceTown> {
  const { folder, remove } = temporaryDataFolder('presence-postgres-');
  const place = { dataFolder: join(folder, 'data'), port: await freePort(), isFast: !isDurable };
  const [nats, firstPostgres] = await Promise.all([
    startTownServer({ apps: [{ app }] }),
    startPostgres(place),
  ]);
  let postgres: PostgresServer = firstPostgres;
  const databaseUrl = new Secret(postgres.url);
  const database = openDatabase<PresenceTables>({ url: databaseUrl, schema: presenceSchema });
  await migrateDatabase(database.db, presenceSchema, migrations);
  const [gateway, router, worker] = await Promise.all([
    nats.connectAs('gateway'),
    nats.connectAs('router'),
    nats.connectAs('vendor-workers'),
  ]);
  await configureApp(router);
  const sealingKeys = `k1:${randomBytes(32).toString('base64')}`;
  const fingerprintKey = randomBytes(32);
  const sealing = createSealing(sealingKeys);
  const started = new Set<RunningPresence>();

  const town: PresenceTown = {
    nats,
    database,
    sealing,
    sealingKeys,
    fingerprintKey,
    gateway,
    router,
    worker,
    async start(options = {}) {
      const logged: string[] = [];
      const logger = createLogger({
        service: 'presence',
        level: 'debug',
        write: (line) => logged.push(line),
      });
      const own = openDatabase<PresenceTables>({ url: databaseUrl, schema: presenceSchema });
      const bus = await nats.connectAs('presence', { logger });
      const health = new Health();
      health.open();
      const surroundings = {
        config: {
          sealing: options.sealing ?? sealing,
          fingerprintKey,
          suspicion: options.suspicion ?? { minimum: 20, sharePercent: 30, windowMs: 600_000 },
          keepsDeadForMs: 7 * 86_400_000,
        },
        checkpoint: options.checkpoint ?? (() => undefined),
        bus,
        database: own,
        logger,
        health,
        metrics: createMetrics({ service: 'presence' }),
      };
      const presence: Presence = await openPresence(surroundings);
      const running: RunningPresence = {
        bus,
        logged,
        health,
        async stop() {
          if (!started.delete(running)) return;
          await presence.stop();
          await bus.drain();
          await own.close();
        },
      };
      started.add(running);
      return running;
    },
    register: (deviceId, ask = {}) =>
      gateway.asker.ask<RegisterPushAnswer>(
        subjects.askRegisterPush(app),
        {
          user: 'bob',
          deviceId,
          deviceSecret: null,
          platform: 'iphone',
          vendor: 'apns',
          environment: 'production',
          token: `token-of-${deviceId}`,
          voipToken: null,
          bundle: null,
          bindUser: false,
          ...ask,
        },
        patience,
      ),
    async logout(deviceId, user) {
      const ask = { deviceId, user, deviceSecret: null, proof: 'session' };
      await gateway.asker.ask(subjects.askUnbindUser(app), ask, patience);
    },
    open: (sessionId, ask = {}) =>
      gateway.asker.ask<OpenSessionAnswer>(
        subjects.askOpenSession(app),
        {
          sessionId,
          gatewayId: 'gateway-1',
          user: 'bob',
          deviceId: 'phone-1',
          platform: 'iphone',
          background: false,
          ...ask,
        },
        patience,
      ),
    async lookup(...users) {
      const ask = { users: users.map((user) => ({ app, user })) };
      const answer = await router.asker.ask<LookupAnswer>(subjects.askLookup(), ask, patience);
      return answer.users.map(({ devices }) => devices);
    },
    async targets(targets) {
      const ask = { targets: targets.map((target) => ({ app, ...target })) };
      return (await worker.asker.ask<TargetsAnswer>(subjects.askTargets(), ask, patience)).targets;
    },
    async restartPostgres() {
      const gone = once(postgres.process, 'exit');
      postgres.kill('SIGQUIT');
      await gone;
      postgres = await startPostgres(place);
    },
    async stop() {
      await Promise.all([...started].map((presence) => presence.stop()));
      await Promise.all([gateway.drain(), router.drain(), worker.drain(), database.close()]);
      await Promise.all([nats.stop(), postgres.stop()]);
      remove();
    },
  };
  return town;
}

async function configureApp(router: Bus): Promise<void> {
  const data = appSettingsSchema.parse({
    app,
    vendors: {
      apns: {
        credential: 'file:key.p8',
        teamId: 'T',
        keyId: 'K',
        bundleId: 'com.example',
        otherBundleIds: ['com.example.beta'],
      },
    },
  });
  await router.publisher.publishFact({
    subject: subjects.app(app, 'configured'),
    messageId: `${app}:configured:1`,
    envelope: {
      id: 'configured-1',
      type: 'app-configured',
      version: 1,
      source: 'router',
      time: 1,
      app,
      subject: app,
      correlation: null,
      causation: null,
      traceparent: null,
      data,
    },
  });
}
