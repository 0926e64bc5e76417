import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { generateNatsConfig } from '@reveille/bus/nats-config';
import { readAppsFile } from '@reveille/chassis/apps-file';
import { toolSetting } from '@reveille/chassis/env';
import { systemIds } from '@reveille/chassis/id-source';
import { cacheFolder, canEnter, findPostgres } from '@reveille/chassis/postgres-binaries';
import { initPostgres, postgresCommand, superuser } from '@reveille/chassis/postgres-server';
import { answers, preparePostgres } from '@reveille/chassis/prepare-postgres';
import { Secret } from '@reveille/chassis/secret';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { type AppPlan, appsOfTown, makeAppsFile } from './apps-file.js';
import { inherited, isOk } from './child-surroundings.js';
import { takeDataFolder } from './data-lock.js';
import { lastTownGone } from './last-town.js';
import { checkPorts, freePortBase } from './port-check.js';
import { provisionTown, type StreamSettings } from './provision-town.js';
import type { ReadyLine, TownVendor } from './ready-line.js';
import { readyFile, secretIn } from './running-town.js';
import { SandboxClient } from './sandbox-client.js';
import { sandboxPlan } from './sandbox-plan.js';
import { servicePlan, type ServiceSettings } from './service-plan.js';
import { type ChildPlan, Supervisor } from './supervisor.js';
import { makeAppKeys, makeTownKeys, type TownKeys } from './town-keys.js';
import { portsFrom, portsToCheck } from './town-ports.js';
import { openVendorAccounts, type VendorAccount } from './vendor-accounts.js';

export interface TownOptions {
  /** Null: a temporary folder that goes with the town. */
  readonly data: string | null;
  readonly portBase: number;
  readonly hasSandbox: boolean;
  readonly vendors: readonly string[];
  /** Apps whose live asks our gateways answer; the first is the demo app. */
  readonly apps: readonly string[];
  /** Apps of IM platforms that publish over NATS. */
  readonly platformApps: readonly string[];
  /** Written into every app's document when `apps.yaml` is made. */
  readonly appSettings: Readonly<Record<string, unknown>>;
  readonly streamSettings: StreamSettings;
  /** `KEY=VALUE` for all services, `<service>:KEY=VALUE` for one. */
  readonly env: readonly string[];
  readonly logLevel: string;
  /** Aborted: whatever runs by then is stopped, and the start ends with an error. */
  readonly abandon?: AbortSignal;
  onStep(line: string): void;
  onRestart(name: string, why: string): void;
}

export interface Town {
  readonly ready: ReadyLine;
  stop(): Promise<void>;
  killAll(): void;
}

/** Starts everything on loopback, in order, and gives it when all is ready. Whatever was started is stopped if a step fails. */
export async function startTown(options: TownOptions): Promise<Town> {
  const startedAt = performance.now();
  const ports = portsFrom(options.portBase, options.hasSandbox);
  const data = options.data === null ? temporaryFolder() : resolve(options.data);
  mkdirSync(data, { recursive: true });
  const release = takeDataFolder(data);
  const forget = (): void => {
    release();
    if (options.data === null) rmSync(data, { recursive: true, force: true });
  };
  const run = systemIds.uuid();
  let supervisor: Supervisor | null = null;
  try {
    await lastTownGone(data);
    await checkPorts(portsToCheck(options.portBase, options.hasSandbox));
    supervisor = new Supervisor(data, run, options.onRestart);
    options.abandon?.throwIfAborted();
    const abandoned = supervisor;
    options.abandon?.addEventListener('abort', () => void abandoned.stop());
    const ready = await startAll(options, data, run, ports, supervisor, startedAt);
    const running = supervisor;
    return {
      ready,
      async stop() {
        await running.stop();
        forget();
        removePostgresElsewhere(options, data);
      },
      killAll: () => running.killAll(),
    };
  } catch (error) {
    await supervisor?.stop();
    forget();
    throw error;
  }
}

async function startAll(
  options: TownOptions,
  data: string,
  run: string,
  ports: ReadyLine['ports'],
  supervisor: Supervisor,
  startedAt: number,
): Promise<ReadyLine> {
  const town = makeTownKeys(data);
  const plans: AppPlan[] = [
    ...options.apps.map((id) => ({ keys: makeAppKeys(town, id, false), isPlatform: false })),
    ...options.platformApps.map((id) => ({ keys: makeAppKeys(town, id, true), isPlatform: true })),
  ];
  const natsStep = startNats(options, data, ports, supervisor, town, plans);
  const postgresStep = startPostgres(options, data, ports, supervisor, town);
  let vendors: readonly TownVendor[] = [];
  let accounts: readonly VendorAccount[] = [];
  const sandboxStep = async (): Promise<void> => {
    if (ports.sandbox === null) return;
    await supervisor.start(sandboxPlan(data, options.portBase, ports.sandbox, options.vendors));
    const sandbox = new SandboxClient(sandboxUrl(ports.sandbox));
    vendors = await sandbox.vendors();
    accounts = await openVendorAccounts(
      sandbox,
      town.credentials,
      plans.map(({ keys: { id } }) => id),
    );
    options.onStep(`sandbox: control on ${ports.sandbox}, ${portsText(vendors)}`);
  };
  await allOf([natsStep, postgresStep, sandboxStep()]);
  const appsFile = makeAppsFile(data, plans, accounts, options.appSettings);
  const apps = readAppsFile(appsFile);

  const url = `nats://127.0.0.1:${ports.nats}`;
  const changes = await provisionTown({
    url,
    seed: secretIn(join(town.folder, 'operator.nkey')),
    apps: apps.map(({ app }) => app),
    settings: options.streamSettings,
  });
  if (changes.length > 0) options.onStep(`streams and consumers: ${changes.length} made or changed`);

  const settings: ServiceSettings = { ...options, data, ports, town, appsFile, natsUrl: url };
  // They find each other over the bus; only the gateway needs presence to begin with.
  await allOf(
    (['presence', 'router', 'vendor-workers'] as const).map((name) =>
      supervisor.start(servicePlan(name, settings)),
    ),
  );
  await supervisor.start(servicePlan('gateway', settings));
  options.onStep('presence, router, vendor-workers, gateway: ready');

  const [first] = plans as [AppPlan];
  const ready: ReadyLine = {
    event: 'ready',
    run,
    data,
    startedInMs: Math.round(performance.now() - startedAt),
    ports,
    urls: {
      gateway: `http://127.0.0.1:${ports.gateway}`,
      webSocket: `ws://127.0.0.1:${ports.gateway}/ws`,
      sandbox: ports.sandbox === null ? null : sandboxUrl(ports.sandbox),
      nats: url,
    },
    folders: { postgres: postgresFolder(data) },
    vendors,
    app: first.keys,
    apps: plans.map(({ keys }) => keys),
    townFile: supervisor.townFile,
  };
  writeFileSync(readyFile(data), JSON.stringify(ready));
  return ready;
}

/** All must have ended before a failure is told: what was started has to be stopped. */
async function allOf(steps: readonly Promise<void>[]): Promise<void> {
  for (const step of await Promise.allSettled(steps)) if (step.status === 'rejected') throw step.reason;
}

async function startNats(
  options: TownOptions,
  data: string,
  ports: ReadyLine['ports'],
  supervisor: Supervisor,
  town: TownKeys,
  plans: readonly AppPlan[],
): Promise<void> {
  const apps = appsOfTown(data, plans).map(({ app, platformNkey, live }) => ({
    app,
    platformKey: platformNkey,
    answersLive: live === 'platform',
  }));
  const config = natsConfigFile(data);
  writeFileSync(
    config,
    generateNatsConfig({
      keys: town.identities,
      apps,
      port: ports.nats,
      monitorPort: ports.natsMonitor,
      storeDir: join(data, 'nats'),
    }),
  );
  await supervisor.start(natsPlan(data, ports));
  options.onStep(`nats-server: ready on ${ports.nats}`);
}

const natsConfigFile = (data: string): string => join(data, 'nats.conf');

function natsPlan(data: string, ports: ReadyLine['ports']): ChildPlan {
  return {
    name: 'nats',
    file: toolSetting('REVEILLE_NATS_SERVER') ?? 'nats-server',
    args: ['-c', natsConfigFile(data), '-p', String(ports.nats), '-m', String(ports.natsMonitor)],
    env: inherited(),
    port: ports.nats,
    noticesParent: false,
    stopSignal: 'SIGTERM',
    isReady: () => isOk(`http://127.0.0.1:${ports.natsMonitor}/healthz`),
  };
}

async function startPostgres(
  options: TownOptions,
  data: string,
  ports: ReadyLine['ports'],
  supervisor: Supervisor,
  town: TownKeys,
): Promise<void> {
  const binaries = findPostgres(cacheFolder(), (folder) =>
    options.onStep(`Postgres: copied to ${folder}, where its own account can reach it`),
  );
  const dataFolder = postgresFolder(data);
  if (!existsSync(join(dataFolder, 'PG_VERSION')))
    options.onStep(`Postgres ${binaries.version}: making its data folder`);
  await initPostgres({ dataFolder, binaries, password: town.postgresPassword });
  const { file, args, ...account } = postgresCommand({ dataFolder, port: ports.postgres, binaries });
  const url = new Secret(
    `postgres://${superuser}:${encodeURIComponent(town.postgresPassword)}@127.0.0.1:${ports.postgres}/postgres`,
  );
  await supervisor.start({
    name: 'postgres',
    file,
    args,
    ...account,
    env: { ...inherited(), LC_ALL: 'C' },
    port: ports.postgres,
    noticesParent: false,
    stopSignal: 'SIGINT',
    isReady: () => answers(url),
  });
  const password = new Secret(town.postgresPassword);
  await preparePostgres(url, { presence: password, router: password });
  options.onStep(`Postgres: ready on ${ports.postgres}`);
}

const sandboxUrl = (port: number): string => `http://127.0.0.1:${port}`;

function portsText(vendors: readonly TownVendor[]): string {
  return vendors
    .flatMap(({ ports }) => Object.entries(ports).map(([name, port]) => `${name} on ${port}`))
    .join(', ');
}

/**
 * Opens the log of a town that has ended: nats-server on its store, and the sandbox if its ledger is wanted, on ports that are free
 * now. Nothing else runs, so nothing changes.
 */
export async function openEndedTown(
  ended: ReadyLine,
  needsSandbox: boolean,
): Promise<{ ready: ReadyLine; close: () => Promise<void> }> {
  const { data, urls } = ended;
  const release = takeDataFolder(data);
  const supervisor = new Supervisor(data, systemIds.uuid(), () => {});
  const close = async (): Promise<void> => {
    await supervisor.stop();
    release();
  };
  try {
    const base = await freePortBase();
    const ports = portsFrom(base, needsSandbox);
    await supervisor.start(natsPlan(data, ports));
    if (ports.sandbox !== null) await supervisor.start(sandboxPlan(data, base, ports.sandbox, vendorNames));
    const sandbox = ports.sandbox === null ? null : sandboxUrl(ports.sandbox);
    return {
      ready: { ...ended, ports, urls: { ...urls, nats: `nats://127.0.0.1:${ports.nats}`, sandbox } },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Postgres runs as another account when we are root: its folder lies elsewhere where that account could not reach ours. */
function postgresFolder(data: string): string {
  const { account } = findPostgres();
  if (canEnter(data, account)) return join(data, 'postgres');
  return join(cacheFolder(), 'postgres-data', createHash('sha256').update(data).digest('hex').slice(0, 16));
}

function removePostgresElsewhere(options: TownOptions, data: string): void {
  if (options.data === null && !postgresFolder(data).startsWith(data))
    rmSync(postgresFolder(data), { recursive: true, force: true });
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'reveille-'));
  // Others may pass through, not look: the account that runs Postgres has its folder below.
  chmodSync(folder, 0o711);
  return folder;
}
