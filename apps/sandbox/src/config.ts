import { readEnv } from '@reveille/chassis/env';
import { parseArgs } from 'node:util';
import type { SandboxVendor } from './sandbox-vendor.js';
import type { SandboxPorts } from './vendor-set.js';

export interface SandboxConfig {
  readonly host: string;
  readonly publicHost: string;
  readonly ports: SandboxPorts;
  readonly vendors: readonly SandboxVendor[];
  readonly stateFolder: string;
}

const highestPort = 65_535;
const controlPort = 7_410;
/** So many lie beside the control door; what comes after them begins further up, where no other server of a town is. */
const portsBeside = 3;
const portsFurtherUp = 7_430;

const all = 'all';

/** Environment name and default of each flag. */
type Settings = Readonly<Record<string, readonly [name: string, otherwise: string]>>;

/** Of a vendor's port, by its place among all ports of the registry. */
export function defaultPort(place: number): number {
  return place < portsBeside ? controlPort + 1 + place : portsFurtherUp + place - portsBeside;
}

function settingsFor(vendors: readonly SandboxVendor[]): Settings {
  const ports = vendors.flatMap((vendor) => vendor.ports);
  return {
    host: ['REVEILLE_SANDBOX_HOST', '127.0.0.1'],
    'public-host': ['REVEILLE_SANDBOX_PUBLIC_HOST', '127.0.0.1'],
    'state-dir': ['REVEILLE_SANDBOX_STATE_DIR', '.reveille/sandbox'],
    vendors: ['REVEILLE_SANDBOX_VENDORS', all],
    [portFlag('control')]: [portVariable('control'), String(controlPort)],
    ...Object.fromEntries(
      ports.map((port, place) => [portFlag(port), [portVariable(port), String(defaultPort(place))]]),
    ),
  };
}

const portFlag = (port: string): string => `${port}-port`;
const portVariable = (port: string): string =>
  `REVEILLE_SANDBOX_${port.toUpperCase().replaceAll('-', '_')}_PORT`;

/** Flags win over the environment, and the environment over the defaults. Throws a ConfigError that lists every fault. */
export function readConfig(args: readonly string[], registry: readonly SandboxVendor[]): SandboxConfig {
  const settings = settingsFor(registry);
  // How a fault names a setting: it may have come by either way.
  const labelOf = (flag: string): string => `${settings[flag]?.[0] ?? ''} (--${flag})`;
  const flags = Object.fromEntries(Object.keys(settings).map((flag) => [flag, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options: flags });
  const outside = readEnv();
  const given: Record<string, string> = {};
  for (const [flag, [name, otherwise]] of Object.entries(settings)) {
    const value = values[flag];
    given[labelOf(flag)] = typeof value === 'string' ? value : outside.text(name, otherwise);
  }
  const chosen = readEnv(given);
  const wanted = chosen.list(labelOf('vendors'));
  const vendors = registry.filter(({ name }) => wanted.includes(all) || wanted.includes(name));
  const ports = ['control', ...vendors.flatMap((vendor) => vendor.ports)];
  const config: SandboxConfig = {
    host: chosen.text(labelOf('host')),
    publicHost: chosen.text(labelOf('public-host')),
    ports: Object.fromEntries(
      ports.map((port) => [port, chosen.integer(labelOf(portFlag(port)), { min: 0, max: highestPort })]),
    ),
    vendors,
    stateFolder: chosen.text(labelOf('state-dir')),
  };
  for (const name of wanted.filter(
    (each) => each !== all && !registry.some((vendor) => vendor.name === each),
  ))
    chosen.fault(`${labelOf('vendors')} names ${name}, which the sandbox has not`);
  chosen.done();
  return config;
}
