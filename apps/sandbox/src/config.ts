import { parseArgs } from 'node:util';
import type { SandboxPorts } from './sandbox.js';

export interface SandboxConfig {
  readonly host: string;
  readonly ports: SandboxPorts;
  readonly stateFolder: string;
}

const highestPort = 65_535;

/** Flags win over the environment, and the environment over the defaults. All faults are told at once. */
export function readConfig(args: readonly string[], environment: Readonly<Record<string, string | undefined>>): SandboxConfig {
  const { values } = parseArgs({
    args: [...args],
    options: {
      host: { type: 'string' },
      'control-port': { type: 'string' },
      'apns-port': { type: 'string' },
      'apns-development-port': { type: 'string' },
      'fcm-port': { type: 'string' },
      'state-dir': { type: 'string' },
    },
  });
  const faults: string[] = [];
  const port = (flag: keyof typeof values, name: string, otherwise: number): number => {
    const text = values[flag] ?? environment[name] ?? String(otherwise);
    const value = Number(text);
    if (Number.isInteger(value) && value >= 0 && value <= highestPort) return value;
    faults.push(`${name} must be a port, not "${text}"`);
    return 0;
  };
  const config: SandboxConfig = {
    host: values.host ?? environment['REVEILLE_SANDBOX_HOST'] ?? '127.0.0.1',
    ports: {
      control: port('control-port', 'REVEILLE_SANDBOX_CONTROL_PORT', 7_410),
      apnsProduction: port('apns-port', 'REVEILLE_SANDBOX_APNS_PORT', 7_411),
      apnsDevelopment: port('apns-development-port', 'REVEILLE_SANDBOX_APNS_DEVELOPMENT_PORT', 7_412),
      fcm: port('fcm-port', 'REVEILLE_SANDBOX_FCM_PORT', 7_413),
    },
    stateFolder: values['state-dir'] ?? environment['REVEILLE_SANDBOX_STATE_DIR'] ?? '.reveille/sandbox',
  };
  if (faults.length > 0) throw new Error(faults.join('; '));
  return config;
}
