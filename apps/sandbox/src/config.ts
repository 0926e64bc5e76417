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
const defaultBase = 7_400;
/** Offsets from the base: so many vendors' ports lie beside the control door, the others further up, clear of a town's other servers. */
const controlOffset = 10;
const portsBeside = 3;
const offsetFurtherUp = 30;

const all = 'all';

/** Environment name and default of each flag. */
type Settings = Readonly<Record<string, readonly [name: string, otherwise: string]>>;

/** Of a vendor's port, by its place among all ports of the registry. */
function offsetOf(place: number): number {
  return place < portsBeside ? controlOffset + 1 + place : offsetFurtherUp + place - portsBeside;
}

const settings: Settings = {
  host: ['REVEILLE_SANDBOX_HOST', '127.0.0.1'],
  'public-host': ['REVEILLE_SANDBOX_PUBLIC_HOST', '127.0.0.1'],
  'port-base': ['REVEILLE_SANDBOX_PORT_BASE', String(defaultBase)],
  'state-dir': ['REVEILLE_SANDBOX_STATE_DIR', '.reveille/sandbox'],
  vendors: ['REVEILLE_SANDBOX_VENDORS', all],
};

/** The ports' own settings; those that are not named follow the base. */
function portSettings(vendors: readonly SandboxVendor[]): Settings {
  const names = ['control', ...vendors.flatMap((vendor) => vendor.ports)];
  return Object.fromEntries(names.map((port) => [portFlag(port), [portVariable(port), '']]));
}

const portFlag = (port: string): string => `${port}-port`;
const portVariable = (port: string): string =>
  `REVEILLE_SANDBOX_${port.toUpperCase().replaceAll('-', '_')}_PORT`;

/** Flags win over the environment, and the environment over the defaults. Throws a ConfigError that lists every fault. */
export function readConfig(args: readonly string[], registry: readonly SandboxVendor[]): SandboxConfig {
  const known = { ...settings, ...portSettings(registry) };
  // How a fault names a setting: it may have come by either way.
  const labelOf = (flag: string): string => `${known[flag]?.[0] ?? ''} (--${flag})`;
  const flags = Object.fromEntries(Object.keys(known).map((flag) => [flag, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options: flags });
  const outside = readEnv();
  const given: Record<string, string> = {};
  for (const [flag, [name, otherwise]] of Object.entries(known)) {
    const value = values[flag];
    given[labelOf(flag)] = typeof value === 'string' ? value : outside.text(name, otherwise);
  }
  const chosen = readEnv(given);
  const wanted = chosen.list(labelOf('vendors'));
  const vendors = registry.filter(({ name }) => wanted.includes(all) || wanted.includes(name));
  const base = chosen.integer(labelOf('port-base'), { min: 0, max: highestPort - offsetFurtherUp });
  const port = (name: string, offset: number): number =>
    chosen.integer(labelOf(portFlag(name)), { default: base + offset, min: 0, max: highestPort });
  const places = new Map(registry.flatMap((vendor) => vendor.ports).map((name, place) => [name, place]));
  const config: SandboxConfig = {
    host: chosen.text(labelOf('host')),
    publicHost: chosen.text(labelOf('public-host')),
    ports: {
      control: port('control', controlOffset),
      ...Object.fromEntries(
        vendors.flatMap((vendor) =>
          vendor.ports.map((name) => [name, port(name, offsetOf(places.get(name) ?? 0))]),
        ),
      ),
    },
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
