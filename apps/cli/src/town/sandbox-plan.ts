import { join } from 'node:path';
import { vendorNames } from '@reveille/contracts/push/vendor';
import { inherited, isOk } from './child-surroundings.js';
import type { ChildPlan } from './supervisor.js';

/** The sandbox's control door. */
export const sandboxUrl = (port: number): string => `http://127.0.0.1:${port}`;

/** How the simulated vendors are run: their ports follow the town's base. */
export function sandboxPlan(
  data: string,
  portBase: number,
  port: number,
  vendors: readonly string[],
): ChildPlan {
  const isNarrowed = vendors.length < vendorNames.length;
  return {
    name: 'sandbox',
    file: process.execPath,
    args: [join(import.meta.dirname, '..', '..', '..', 'sandbox', 'dist', 'main.js')],
    env: {
      ...inherited(),
      REVEILLE_SANDBOX_PORT_BASE: String(portBase),
      REVEILLE_SANDBOX_STATE_DIR: join(data, 'sandbox'),
      ...(isNarrowed ? { REVEILLE_SANDBOX_VENDORS: vendors.join(',') } : {}),
    },
    port,
    noticesParent: true,
    stopSignal: 'SIGTERM',
    isReady: () => isOk(`${sandboxUrl(port)}/health`),
  };
}
