import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readAppsFile } from '@reveille/chassis/apps-file';
import { systemIds } from '@reveille/chassis/id-source';
import { type AppPlan, makeAppsFile } from './apps-file.js';
import { takeDataFolder } from './data-lock.js';
import { lastTownGone } from './last-town.js';
import { checkPorts } from './port-check.js';
import { provisionTown, type StreamSettings } from './provision-town.js';
import type { ReadyLine, TownVendor } from './ready-line.js';
import { readyFile, secretIn } from './running-town.js';
import { SandboxClient } from './sandbox-client.js';
import { sandboxPlan, sandboxUrl } from './sandbox-plan.js';
import { receiptOrigin, servicePlan, type ServiceSettings } from './service-plan.js';
import { startNats } from './start-nats.js';
import { postgresFolder, startPostgres } from './start-postgres.js';
import { Supervisor } from './supervisor.js';
import { makeAppKeys, makeTownKeys } from './town-keys.js';
import { portsFrom, portsToCheck } from './town-ports.js';
import type { TownStep } from './town-step.js';
import { openVendorAccounts, type VendorAccount } from './vendor-accounts.js';

export interface TownOptions {
  /** Null: a temporary folder that goes with the town. */
  readonly data: string | null;
  readonly portBase: number;
  readonly hasSandbox: boolean;
  readonly vendors: readonly string[];
  /** How many worker processes push; each serves all of these vendors. */
  readonly workers: number;
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
    await checkPorts(portsToCheck(options.portBase, options.hasSandbox, options.workers));
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
  const step: TownStep = { data, ports, supervisor, town, onStep: options.onStep };
  const natsStep = startNats(step, plans);
  const postgresStep = startPostgres(step);
  let vendors: readonly TownVendor[] = [];
  let accounts: readonly VendorAccount[] = [];
  const sandboxStep = async (): Promise<void> => {
    if (ports.sandbox === null) return;
    await supervisor.start(sandboxPlan(data, options.portBase, ports.sandbox, options.vendors));
    const sandbox = new SandboxClient(sandboxUrl(ports.sandbox));
    vendors = await sandbox.vendors();
    accounts = await openVendorAccounts(
      sandbox,
      town,
      receiptOrigin(ports),
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
  const workers = Array.from({ length: options.workers }, (_, index) =>
    servicePlan('vendor-workers', settings, index + 1),
  );
  const others = (['presence', 'router'] as const).map((name) => servicePlan(name, settings));
  await allOf([...others, ...workers].map((plan) => supervisor.start(plan)));
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

function portsText(vendors: readonly TownVendor[]): string {
  return vendors
    .flatMap(({ ports }) => Object.entries(ports).map(([name, port]) => `${name} on ${port}`))
    .join(', ');
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
