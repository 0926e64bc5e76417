import { readEnv } from '@reveille/chassis/env';
import { parseArgs } from 'node:util';
import type { SandboxPorts } from './sandbox.js';

export interface SandboxConfig {
  readonly host: string;
  readonly ports: SandboxPorts;
  readonly stateFolder: string;
}

const highestPort = 65_535;

/** Flag, environment name and default of each setting. */
const settings = {
  host: ['REVEILLE_SANDBOX_HOST', '127.0.0.1'],
  'control-port': ['REVEILLE_SANDBOX_CONTROL_PORT', '7410'],
  'apns-port': ['REVEILLE_SANDBOX_APNS_PORT', '7411'],
  'apns-development-port': ['REVEILLE_SANDBOX_APNS_DEVELOPMENT_PORT', '7412'],
  'fcm-port': ['REVEILLE_SANDBOX_FCM_PORT', '7413'],
  'state-dir': ['REVEILLE_SANDBOX_STATE_DIR', '.reveille/sandbox'],
} as const;
type Flag = keyof typeof settings;

/** How a fault names a setting: it may have come by either way. */
const labelOf = (flag: Flag): string => `${settings[flag][0]} (--${flag})`;

/** Flags win over the environment, and the environment over the defaults. Throws a ConfigError that lists every fault. */
export function readConfig(args: readonly string[]): SandboxConfig {
  const flags = Object.fromEntries(Object.keys(settings).map((flag) => [flag, { type: 'string' as const }]));
  const { values } = parseArgs({ args: [...args], options: flags });
  const outside = readEnv();
  const given: Record<string, string> = {};
  for (const [flag, [name, otherwise]] of Object.entries(settings)) {
    const value = values[flag];
    given[labelOf(flag as Flag)] = typeof value === 'string' ? value : outside.text(name, otherwise);
  }
  const chosen = readEnv(given);
  const port = (flag: Flag): number => chosen.integer(labelOf(flag), { min: 0, max: highestPort });
  const config: SandboxConfig = {
    host: chosen.text(labelOf('host')),
    ports: {
      control: port('control-port'),
      apnsProduction: port('apns-port'),
      apnsDevelopment: port('apns-development-port'),
      fcm: port('fcm-port'),
    },
    stateFolder: chosen.text(labelOf('state-dir')),
  };
  chosen.done();
  return config;
}
