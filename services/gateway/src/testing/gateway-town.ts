import { randomBytes } from 'node:crypto';
import type { Bus } from '@reveille/bus/connect';
import { startTownServer, type TownServer } from '@reveille/bus/testing/town-server';
import type { Lifecycle } from '@reveille/chassis/lifecycle';
import { Secret } from '@reveille/chassis/secret';
import { freePort } from '@reveille/chassis/testing/free-port';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { subjects } from '@reveille/contracts/subjects';
import type { Config } from '../config.js';
import { buildGateway } from '../gateway.module.js';
import { StandInPresence, StandInRouter } from './stand-in-owners.js';
import { makeTestKeys, type TestKeys } from './test-keys.js';

export interface RunningGateway {
  readonly port: number;
  readonly url: string;
  readonly http: string;
  readonly config: Config;
  stop(): Promise<void>;
}

/** A real nats-server with the identities and permissions of a town, real gateways on real sockets; presence and router stand in. */
export interface GatewayTown {
  readonly nats: TownServer;
  readonly presence: StandInPresence;
  readonly router: StandInRouter;
  readonly keys: ReadonlyMap<AppId, TestKeys>;
  keysOf(app: AppId): TestKeys;
  configure(settings: AppSettings): Promise<void>;
  start(options?: Partial<Config>): Promise<RunningGateway>;
  stop(): Promise<void>;
}

export async function startGatewayTown(
  apps: Readonly<Record<AppId, object>>,
  options: Pick<Parameters<typeof startTownServer>[0], 'alterStream'> = {},
): Promise<GatewayTown> {
  const names = Object.keys(apps);
  const nats = await startTownServer({ ...options, apps: names.map((app) => ({ app })) });
  const [presenceBus, routerBus] = await Promise.all([nats.connectAs('presence'), nats.connectAs('router')]);
  const presence = new StandInPresence();
  presence.start(presenceBus);
  const router = new StandInRouter(routerBus);
  const keys = new Map<AppId, TestKeys>();
  for (const app of names) keys.set(app, await makeTestKeys(app, { settings: apps[app] ?? {} }));
  const dedupKey = new Secret(randomBytes(32).toString('base64'));
  const started = new Set<RunningGateway>();
  let configured = 0;

  const town: GatewayTown = {
    nats,
    presence,
    router,
    keys,
    keysOf(app) {
      const found = keys.get(app);
      if (found === undefined) throw new Error(`no app ${app}`);
      return found;
    },
    async configure(settings) {
      configured += 1;
      await configureApp(routerBus, settings, configured);
    },
    async start(more = {}) {
      const config = await configOf(nats, dedupKey, more);
      const gateway = buildGateway(config);
      await gateway.start();
      const running = runningGateway(config, gateway, () => started.delete(running));
      started.add(running);
      return running;
    },
    async stop() {
      for (const gateway of started) await gateway.stop();
      await Promise.all([presenceBus.drain(), routerBus.drain()]);
      await nats.stop();
    },
  };
  for (const { settings } of keys.values()) await town.configure(settings);
  return town;
}

async function configOf(nats: TownServer, dedupKey: Secret, more: Partial<Config>): Promise<Config> {
  const instance = randomBytes(4).toString('hex');
  return {
    natsUrl: nats.server.url,
    natsSeed: new Secret(nats.keys.gateway.seed),
    httpHost: '127.0.0.1',
    httpPort: more.httpPort ?? (await freePort()),
    logLevel: 'error',
    instance,
    gatewayId: `gateway-${instance}`,
    dedupKey,
    allowedOrigins: [],
    natsGraceMs: 10_000,
    crashAt: null,
    ...more,
  };
}

function runningGateway(config: Config, gateway: Lifecycle, stopped: () => void): RunningGateway {
  const { httpPort: port } = config;
  return {
    port,
    url: `ws://127.0.0.1:${port}/ws`,
    http: `http://127.0.0.1:${port}`,
    config,
    async stop() {
      stopped();
      await gateway.stop();
    },
  };
}

async function configureApp(router: Bus, data: AppSettings, count: number): Promise<void> {
  const { app } = data;
  await router.publisher.publishFact({
    subject: subjects.app(app, 'configured'),
    messageId: `${app}:configured:${count}`,
    envelope: {
      id: `configured-${count}`,
      type: 'app-configured',
      version: 1,
      source: 'router',
      time: count,
      app,
      subject: app,
      correlation: null,
      causation: null,
      traceparent: null,
      data,
    },
  });
}
