import { type Env, readEnv } from '@reveille/chassis/env';
import { readSealing, type Sealing } from '@reveille/chassis/sealing';
import { readServiceSettings, type ServiceSettings } from '@reveille/chassis/service-settings';
import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';

export interface Config extends ServiceSettings {
  readonly isDemo: boolean;
  readonly vendors: readonly VendorName[];
  readonly sealing: Sealing;
  /** The most jobs at hand per app, vendor and lane. */
  readonly maxInFlight: number;
}

/** @throws ConfigError that lists every fault at once. */
export function readConfig(env: Env = readEnv()): Config {
  const settings = readServiceSettings(env, { httpPort: 7403 });
  const vendors = env.list('REVEILLE_VENDORS', vendorNames);
  for (const name of vendors)
    if (!isVendor(name)) env.fault(`REVEILLE_VENDORS: ${name} is not one of ${vendorNames.join(', ')}`);
  if (vendors.length === 0) env.fault('REVEILLE_VENDORS names no vendor');
  const isDemo = env.flag('REVEILLE_DEMO', false);
  const maxInFlight = env.integer('REVEILLE_MAX_IN_FLIGHT', { default: 200, min: 1, max: 2_000 });
  const sealing = readSealing(env);
  return Object.freeze({ ...settings, isDemo, vendors: vendors.filter(isVendor), sealing, maxInFlight });
}

function isVendor(name: string): name is VendorName {
  return (vendorNames as readonly string[]).includes(name);
}
