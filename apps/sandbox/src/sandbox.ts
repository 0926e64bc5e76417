import { openServerIdentity, type ServerIdentity } from './authority.js';
import { ControlServer, type ControlRoute } from './control/control-server.js';
import { faultRoutes } from './control/fault-routes.js';
import { ledgerRoutes } from './control/ledger-routes.js';
import { phoneRoutes } from './control/phone-routes.js';
import { registryRoutes } from './control/registry-routes.js';
import { switchRoutes } from './control/switch-routes.js';
import { EventHub } from './event-hub.js';
import { FaultPlans } from './faults.js';
import { OpenTimers } from './open-timers.js';
import type { RandomSource } from './random-source.js';
import { SandboxClock, type Clock } from './sandbox-clock.js';
import { openShelf, type Shelf } from './shelf.js';
import { ApnsSimulator } from './vendors/apns/apns.simulator.js';
import { apnsDefaults } from './vendors/apns/apns.switches.js';
import { completeFault } from './vendors/complete-fault.js';
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
  /** What a client must trust. */
  readonly caFile: string;
  stop(): Promise<void>;
}

/** Starts all vendors and the control door; resolves when every port listens. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = new SandboxClock(options.clock);
  const events = new EventHub();
  const shelf = await openShelf(options.stateFolder, clock, options.random, events);
  const identity = await openServerIdentity(options.stateFolder, options.clock);
  const timers = new OpenTimers();
  const switches = { load: { ...loadDefaults }, apns: { ...apnsDefaults }, fcm: { ...fcmDefaults } };
  const desk: VendorDesk = {
    clock,
    random: options.random,
    phones: shelf.phones,
    ledger: shelf.ledger,
    faults: new FaultPlans(),
    load: switches.load,
    after: (ms, then) => timers.after(ms, then),
  };
  const vendors = openVendors(desk, shelf, switches, identity);
  const health = { status: 'ok', ports: null as SandboxPorts | null, caFile: identity.caFile };
  const control = new ControlServer(
    [
      ...phoneRoutes(shelf.phones, events, clock),
      ...ledgerRoutes(shelf.ledger),
      ...faultRoutes(desk.faults, completeFault),
      ...registryRoutes(shelf.keys, shelf.projects, shelf.journal),
      ...switchRoutes(switches, clock),
      ...healthRoutes(health, vendors),
    ],
    options.onFault,
  );
  const stop = async (): Promise<void> => {
    timers.cancelAll();
    await Promise.all([control.close(), ...Object.values(vendors).map((vendor) => vendor.close())]);
    await shelf.close();
  };
  try {
    health.ports = await listen(options, vendors, control);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports: health.ports, caFile: identity.caFile, stop };
}

interface Vendors {
  readonly apnsProduction: ApnsSimulator;
  readonly apnsDevelopment: ApnsSimulator;
  readonly fcm: FcmSimulator;
}

type AllSwitches = { readonly apns: typeof apnsDefaults; readonly fcm: typeof fcmDefaults };

function openVendors(
  desk: VendorDesk,
  { keys, projects }: Shelf,
  switches: AllSwitches,
  identity: ServerIdentity,
): Vendors {
  return {
    apnsProduction: new ApnsSimulator('production', desk, keys, switches.apns, identity),
    apnsDevelopment: new ApnsSimulator('development', desk, keys, switches.apns, identity),
    fcm: new FcmSimulator(desk, projects, switches.fcm, identity),
  };
}

async function listen(
  { host, ports }: SandboxOptions,
  vendors: Vendors,
  control: ControlServer,
): Promise<SandboxPorts> {
  return {
    apnsProduction: await vendors.apnsProduction.listen(host, ports.apnsProduction),
    apnsDevelopment: await vendors.apnsDevelopment.listen(host, ports.apnsDevelopment),
    fcm: await vendors.fcm.listen(host, ports.fcm),
    // The control door opens last: whoever gets an answer there finds everything else open.
    control: await control.listen(host, ports.control),
  };
}

function healthRoutes(health: object, { apnsProduction, apnsDevelopment, fcm }: Vendors): ControlRoute[] {
  return [
    { method: 'GET', path: '/health', handle: () => health },
    {
      method: 'GET',
      path: '/statistics',
      handle: () => ({
        apnsProduction: apnsProduction.statistics(),
        apnsDevelopment: apnsDevelopment.statistics(),
        fcm: fcm.statistics(),
      }),
    },
  ];
}
