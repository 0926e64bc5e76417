import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openServerIdentity } from './authority.js';
import { ControlServer, type ControlRoute } from './control/control-server.js';
import { faultRoutes } from './control/fault-routes.js';
import { ledgerRoutes } from './control/ledger-routes.js';
import { phoneRoutes } from './control/phone-routes.js';
import { registryRoutes } from './control/registry-routes.js';
import { switchRoutes } from './control/switch-routes.js';
import { EventHub } from './event-hub.js';
import { FaultPlans } from './faults.js';
import { Journal } from './journal.js';
import { Ledger } from './ledger.js';
import { Phones } from './phones.js';
import type { RandomSource } from './random-source.js';
import { recallRegistrations, readScreens, writeScreens } from './recall.js';
import { SandboxClock, type Clock } from './sandbox-clock.js';
import { ApnsKeys } from './vendors/apns/apns.keys.js';
import { ApnsSimulator } from './vendors/apns/apns.simulator.js';
import { apnsDefaults } from './vendors/apns/apns.switches.js';
import { knowsFault } from './vendors/knows-fault.js';
import { FcmProjects } from './vendors/fcm/fcm.projects.js';
import { FcmSimulator } from './vendors/fcm/fcm.simulator.js';
import { fcmDefaults } from './vendors/fcm/fcm.switches.js';
import { loadDefaults, type VendorDesk } from './vendors/vendor-desk.js';

export interface SandboxOptions {
  readonly host: string;
  /** 0 = any free port. */
  readonly ports: SandboxPorts;
  /** Certificates, registrations and the ledger live here. */
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  onFault(error: unknown): void;
}

export interface SandboxPorts {
  readonly control: number;
  readonly apnsProduction: number;
  readonly apnsDevelopment: number;
  readonly fcm: number;
}

export interface Sandbox {
  readonly ports: SandboxPorts;
  readonly caFile: string;
  stop(): Promise<void>;
}

/** Starts all vendors and the control door; resolves when every port listens. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host, stateFolder } = options;
  mkdirSync(stateFolder, { recursive: true });
  const path = (name: string): string => join(stateFolder, name);
  const clock = new SandboxClock(options.clock);
  const identity = await openServerIdentity(stateFolder, options.clock);
  const events = new EventHub();
  const journal = new Journal(path('registrations.jsonl'));
  const phones = new Phones(clock, options.random, events, journal);
  const keys = new ApnsKeys();
  const projects = new FcmProjects();
  recallRegistrations(journal.read(), phones, keys, projects);
  if (existsSync(path('screens.json'))) readScreens(readFileSync(path('screens.json'), 'utf8'), phones);
  const ledger = await Ledger.open(path('ledger.jsonl'));
  const faults = new FaultPlans();
  const load = { ...loadDefaults };
  const apnsSwitches = { ...apnsDefaults };
  const fcmSwitches = { ...fcmDefaults };
  const timers = new Set<NodeJS.Timeout>();
  const desk: VendorDesk = {
    clock, random: options.random, phones, faults, ledger, load,
    after: (ms, then) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        then();
      }, ms);
      timers.add(timer);
    },
  };
  const production = new ApnsSimulator('production', desk, keys, apnsSwitches, identity);
  const development = new ApnsSimulator('development', desk, keys, apnsSwitches, identity);
  const fcm = new FcmSimulator(desk, projects, fcmSwitches, identity);
  const routes: ControlRoute[] = [
    ...phoneRoutes(phones, events, clock),
    ...ledgerRoutes(ledger),
    ...faultRoutes(faults, knowsFault),
    ...registryRoutes(keys, projects, journal),
    ...switchRoutes({ load, apns: apnsSwitches, fcm: fcmSwitches }, clock),
    { method: 'GET', path: '/health', handle: () => ({ status: 'ok', ports, caFile: identity.caFile }) },
    {
      method: 'GET',
      path: '/statistics',
      handle: () => ({ apnsProduction: production.statistics(), apnsDevelopment: development.statistics(), fcm: fcm.statistics() }),
    },
  ];
  const control = new ControlServer(routes, options.onFault);
  const ports: SandboxPorts = {
    apnsProduction: await production.listen(host, options.ports.apnsProduction),
    apnsDevelopment: await development.listen(host, options.ports.apnsDevelopment),
    fcm: await fcm.listen(host, options.ports.fcm),
    control: await control.listen(host, options.ports.control),
  };
  return {
    ports,
    caFile: identity.caFile,
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([control.close(), production.close(), development.close(), fcm.close()]);
      await ledger.close();
      await journal.close();
      rmSync(path('screens.json'), { force: true });
      writeFileSync(path('screens.json'), writeScreens(phones));
    },
  };
}
