import { AccessTokens } from './access-tokens.js';
import { openServerIdentity } from './authority.js';
import { completeFault, requestNames } from './complete-fault.js';
import { accessTokenRoutes } from './control/access-token-routes.js';
import { accountRoutes } from './control/account-routes.js';
import { ControlServer, type ControlRoute } from './control/control-server.js';
import { faultRoutes } from './control/fault-routes.js';
import { ledgerRoutes } from './control/ledger-routes.js';
import { phoneRoutes } from './control/phone-routes.js';
import { receiptRoutes } from './control/receipt-routes.js';
import { switchRoutes } from './control/switch-routes.js';
import { EventHub } from './event-hub.js';
import { FaultPlans } from './faults.js';
import { OpenTimers } from './open-timers.js';
import type { RandomSource } from './random-source.js';
import { ReceiptFaults } from './receipts/receipt-faults.js';
import { ReceiptPost } from './receipts/receipt-post.js';
import { SandboxClock, type Clock } from './sandbox-clock.js';
import type { SandboxVendor } from './sandbox-vendor.js';
import { openShelf, type Shelf } from './shelf.js';
import { VendorSet, type SandboxPorts } from './vendor-set.js';
import { loadDefaults, type VendorDesk } from './vendors/vendor-desk.js';

export interface SandboxOptions {
  readonly host: string;
  /** How providers reach the vendors: it stands in the addresses that accounts come with. */
  readonly publicHost: string;
  /** `control` and the vendors' port names. One that is left out, and 0, is any free one. */
  readonly ports: SandboxPorts;
  readonly vendors: readonly SandboxVendor[];
  /** Certificates, registrations and the ledger live here. */
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly random: RandomSource;
  onFault(error: unknown): void;
}

export interface Sandbox {
  readonly ports: SandboxPorts;
  /** What a client must trust. */
  readonly caFile: string;
  stop(): Promise<void>;
}

/** The port of a door. Throws when there is none of this name. */
export function portOf({ ports }: Pick<Sandbox, 'ports'>, name: string): number {
  const port = ports[name];
  if (port === undefined) throw new Error(`the sandbox has no port ${name}`);
  return port;
}

/** Starts the vendors and the control door; resolves when every port listens. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const clock = new SandboxClock(options.clock);
  const events = new EventHub();
  const vendors = new VendorSet(options.vendors);
  const shelf = await openShelf(options.stateFolder, clock, options.random, events, vendors.byName);
  const hosts = options.vendors.flatMap((vendor) => vendor.hosts);
  const identity = await openServerIdentity(options.stateFolder, hosts, options.clock);
  const timers = new OpenTimers();
  const after = (ms: number, then: () => void): void => timers.after(ms, then);
  const desk: VendorDesk = {
    clock,
    random: options.random,
    phones: shelf.phones,
    ledger: shelf.ledger,
    faults: new FaultPlans(),
    load: { ...loadDefaults },
    receipts: new ReceiptPost(clock, new ReceiptFaults(), after),
    accessTokens: new AccessTokens(),
    after,
  };
  vendors.openAll(desk, identity, shelf.journal);
  shelf.recall();
  const health = { status: 'ok', ports: null as SandboxPorts | null, caFile: identity.caFile };
  const control = new ControlServer(
    [
      ...phoneRoutes(shelf.phones, shelf.accounts, vendors, events, clock),
      ...controlRoutes(desk, shelf, vendors),
      { method: 'GET', path: '/health', handle: () => health },
    ],
    options.onFault,
  );
  const stop = async (): Promise<void> => {
    timers.cancelAll();
    await Promise.all([control.close(), vendors.close(), desk.receipts.close()]);
    await shelf.close();
  };
  try {
    const ports = await vendors.listen(options.host, options.publicHost, options.ports);
    // The control door opens last: whoever gets an answer there finds everything else open.
    health.ports = { control: await control.listen(options.host, options.ports['control'] ?? 0), ...ports };
  } catch (error) {
    await stop();
    throw error;
  }
  return { ports: health.ports, caFile: identity.caFile, stop };
}

function controlRoutes(desk: VendorDesk, shelf: Shelf, vendors: VendorSet): ControlRoute[] {
  const names = vendors.vendors.flatMap((vendor) => {
    const open = vendors.byName.get(vendor.name);
    return open === undefined ? [] : requestNames(vendor, open);
  });
  return [
    ...ledgerRoutes(shelf.ledger),
    ...faultRoutes(
      desk.faults,
      names.map(({ name }) => name),
      (plan) => completeFault(plan, names),
    ),
    ...receiptRoutes(desk.receipts),
    ...accessTokenRoutes(desk.accessTokens, shelf.accounts),
    ...accountRoutes(shelf.accounts, vendors.byName),
    ...switchRoutes({ load: desk.load, ...vendors.switches() }, desk.clock),
    ...[...vendors.byName.values()].flatMap(({ routes }) => routes),
    { method: 'GET', path: '/statistics', handle: () => vendors.statistics() },
    {
      method: 'DELETE',
      path: '/frequency-limits',
      handle: () => {
        vendors.liftFrequencyLimits();
        return vendors.switches();
      },
    },
    { method: 'GET', path: '/vendors', handle: () => ({ vendors: vendors.describe() }) },
  ];
}
