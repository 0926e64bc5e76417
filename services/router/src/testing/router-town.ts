import type { Bus } from '@reveille/bus/connect';
import { decodeFact, type StoredMessage } from '@reveille/bus/codec';
import { respond } from '@reveille/bus/respond';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import { waitUntil } from '@reveille/bus/testing/wait-until';
import { type Database, migrateDatabase, openDatabase } from '@reveille/chassis/database';
import { Health } from '@reveille/chassis/health';
import { createLogger } from '@reveille/chassis/logger';
import { createMetrics } from '@reveille/chassis/metrics';
import { startTestPostgres, type TestPostgres } from '@reveille/chassis/testing/test-database';
import { type AppSettings, type AppSettingsInput, appSettingsSchema } from '@reveille/contracts/app/events';
import { type LiveAnswerInput, type LiveAsk, liveAskSchema } from '@reveille/contracts/ask/live';
import { type DeviceDescription, lookupAskSchema } from '@reveille/contracts/ask/presence';
import { type DeliverySettled, deliverySettledSchema } from '@reveille/contracts/delivery/events';
import type { MessageAcceptedInput } from '@reveille/contracts/message/events';
import { type PushJob, pushJobSchema } from '@reveille/contracts/push/job';
import { subjects } from '@reveille/contracts/subjects';
import { type Doors, openDoors } from '../router.module.js';
import { openRouter, type Router } from '../open-router.module.js';
import { migrations } from '../outbound/db/migrations.js';
import { type RouterTables, routerSchema } from '../outbound/db/schema.js';

export const app = 'demo';

export const settings = (more: Partial<AppSettingsInput> = {}): AppSettings =>
  appSettingsSchema.parse({
    app,
    vendors: {
      apns: { credential: 'file:key.p8', teamId: 'T', keyId: 'K', bundleId: 'com.example.chat' },
      fcm: { credential: 'file:key.json', projectId: 'p' },
    },
    foregroundDeadlineMs: 1_500,
    backgroundDeadlineMs: 200,
    ...more,
  });

export function phone(deviceId: string, more: Partial<DeviceDescription> = {}): DeviceDescription {
  return {
    deviceId,
    platform: 'iphone',
    isBound: true,
    alert: {
      vendor: 'apns',
      environment: 'production',
      tokenRef: `ref-of-the-token-${deviceId}`,
      sealedToken: `v1.k.${deviceId}`,
      bundle: null,
      boundAt: 1,
      state: 'live',
    },
    voip: null,
    sessions: [],
    ...more,
  };
}

export function session(background = false): DeviceDescription['sessions'][number] {
  return { sessionId: 's1', gatewayId: 'g1', background, openedAt: 1 };
}

/** A router at work, with a gateway and a presence that say what the test wants. */
export interface RunningRouter {
  readonly router: Router;
  readonly bus: Bus;
  readonly health: Health;
  stop(): Promise<void>;
}

export class RouterTown {
  readonly devices = new Map<string, DeviceDescription[]>();
  /** Answers live asks of a user; nobody there: a 503. */
  readonly asked: LiveAsk[] = [];
  lookups = 0;
  #messages = 0;

  private constructor(
    readonly nats: TownServer,
    readonly postgres: TestPostgres,
    readonly database: Database<RouterTables>,
    readonly gateway: Bus,
    readonly presence: Bus,
    readonly log: Bus,
  ) {}

  static async start(): Promise<RouterTown> {
    const [nats, postgres] = await Promise.all([startTownServer({ apps: [{ app }] }), startTestPostgres()]);
    const url = await postgres.createDatabase();
    const database = openDatabase<RouterTables>({ url, schema: routerSchema });
    await migrateDatabase(database.db, routerSchema, migrations);
    const [gateway, presence, log] = await Promise.all([
      nats.connectAs('gateway'),
      nats.connectAs('presence'),
      nats.connectAs('operator'),
    ]);
    const town = new RouterTown(nats, postgres, database, gateway, presence, log);
    town.#answerLookups();
    await presence.nc.flush();
    return town;
  }

  #answerLookups(): void {
    respond(this.presence, subjects.askLookup(), { queue: 'presence' }, (body) => {
      const { users } = lookupAskSchema.parse(body);
      this.lookups += 1;
      return {
        users: users.map(({ app: of, user }) => ({ app: of, user, devices: this.devices.get(user) ?? [] })),
      };
    });
  }

  /** A gateway that holds this user. */
  async holds(
    user: string,
    onAsk: (ask: LiveAsk, answer: (reply: LiveAnswerInput) => void) => void,
  ): Promise<{ stop(): Promise<void> }> {
    const responder = respond(this.gateway, subjects.live(app, user), { queue: null }, (body, { reply }) => {
      const ask = liveAskSchema.parse(body);
      this.asked.push(ask);
      onAsk(ask, reply);
    });
    await this.gateway.nc.flush();
    return responder;
  }

  async openRouter(
    apps = [settings()],
    checkpoint: (name: string) => void = () => undefined,
  ): Promise<RunningRouter> {
    const bus = await this.nats.connectAs('router');
    const logger = createLogger({ service: 'router', level: 'error' });
    const [health, metrics] = [new Health(), createMetrics({ service: 'router' })];
    const router = await openRouter({
      apps,
      checkpoint,
      bus,
      database: this.database,
      logger,
      health,
      metrics,
    });
    const doors: Doors = await openDoors(bus, router);
    return {
      router,
      bus,
      health,
      async stop() {
        await doors.close();
        await router.stop();
        await bus.drain();
      },
    };
  }

  /** Publishes an accepted message and gives its id and position. */
  async accept(
    recipients: readonly string[],
    more: Partial<MessageAcceptedInput> = {},
    dedup: string | null = null,
  ): Promise<{ messageId: string; position: number }> {
    this.#messages += 1;
    const messageId = more.messageId ?? `m${this.#messages}-${recipients[0]}`;
    const data: MessageAcceptedInput = {
      sender: 'ana',
      recipients: [...recipients],
      content: { type: 'text', text: 'hello' },
      pushConfig: { title: 'Ana', content: 'hello' },
      ...more,
      messageId,
    };
    const { sequence } = await this.gateway.publisher.publish({
      subject: subjects.messageIn(app, 'conversation', 'accepted'),
      messageId: `${app}:m:${dedup ?? messageId}`,
      data: Buffer.from(JSON.stringify(data)),
    });
    return { messageId, position: sequence };
  }

  async revoke(messageId: string): Promise<void> {
    await this.gateway.publisher.publish({
      subject: subjects.messageIn(app, 'conversation', 'revoked'),
      messageId: `${app}:r:${messageId}`,
      data: Buffer.from(JSON.stringify({ messageId, revokedBy: 'ana' })),
    });
  }

  /** Asks as the service that may. */
  ask(name: 'find' | 'page' | 'show' | 'standing', body: unknown): Promise<unknown> {
    const subject = {
      find: subjects.askFindMessage(app),
      page: subjects.askInboxPage(app),
      show: subjects.askTimeline(app),
      standing: subjects.askStanding(),
    }[name];
    return this.log.asker.ask(subject, body, { timeoutMs: 20_000 });
  }

  acknowledge(user: string, deviceId: string, messageIds: readonly string[]): void {
    const word = { user, deviceId, messageIds, acknowledgedAt: Date.now() };
    this.gateway.nc.publish(subjects.acknowledged(app), JSON.stringify(word));
  }

  async facts(stream: 'DELIVERIES' | 'PUSH_JOBS' | 'MESSAGES', event: string): Promise<StoredMessage[]> {
    const found: StoredMessage[] = [];
    const untilSequence = await this.log.streamTail(stream);
    for await (const stored of this.log.scan(stream, { startSequence: 1, subjects: [], untilSequence })) {
      if (stored.subject.endsWith(`.${event}`) || event === '*') found.push(stored);
    }
    return found;
  }

  async settled(messageId: string): Promise<DeliverySettled[]> {
    const all = await this.facts('DELIVERIES', 'settled');
    return all
      .map((stored) => deliverySettledSchema.parse(decodeFact(stored).data))
      .filter((settled) => settled.messageId === messageId);
  }

  async whenSettled(messageId: string, rounds = 1): Promise<DeliverySettled[]> {
    let found: DeliverySettled[] = [];
    await waitUntil(`${messageId} is settled`, async () => {
      found = await this.settled(messageId);
      return found.length >= rounds;
    });
    return found;
  }

  async jobs(messageId: string): Promise<PushJob[]> {
    const all = await this.facts('PUSH_JOBS', '*');
    return all
      .map((stored) => pushJobSchema.parse(decodeFact(stored).data))
      .filter((job) => job.messageId === messageId);
  }

  async whenJobs(messageId: string, count = 1): Promise<PushJob[]> {
    let found: PushJob[] = [];
    await waitUntil(`${messageId} has ${count} jobs`, async () => {
      found = await this.jobs(messageId);
      return found.length >= count;
    });
    return found;
  }

  /** Nothing of MESSAGES waits for an acknowledgement any more. */
  async whenIdle(): Promise<void> {
    const what = 'every message is acknowledged';
    await waitUntil(
      what,
      async () => {
        // A question that goes down with the server is asked again.
        const info = await this.log.jsm.consumers
          .info('MESSAGES', 'router-deliver-message')
          .catch(() => null);
        return info !== null && info.num_ack_pending === 0 && info.num_pending === 0;
      },
      60_000,
    );
  }

  async stop(): Promise<void> {
    await Promise.all([this.gateway.drain(), this.presence.drain(), this.log.drain()]);
    await this.database.close();
    await Promise.all([this.nats.stop(), this.postgres.stop()]);
  }
}

/** Verdicts in short, for instance `bob-1 push`. */
export function inShort({ recipients }: DeliverySettled): string[] {
  return recipients.flatMap(({ devices }) =>
    devices.map(({ deviceId, verdict }) => {
      const name = verdict.kind === 'withheld' ? `withheld(${verdict.reason})` : verdict.kind;
      return `${deviceId ?? '-'} ${name}`;
    }),
  );
}
