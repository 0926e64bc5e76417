import { openAppDirectory as openApps } from '@reveille/bus/app-directory';
import type { Bus } from '@reveille/bus/connect';
import type { AppId } from '@reveille/contracts/ids';
import { type VendorName, vendorNames } from '@reveille/contracts/push/vendor';
import type { Apps } from '../ports.js';

export interface AppDirectory extends Apps {
  stop(): void;
}

/** The vendors that each app has credentials for. Resolves when all that is in APPS is known. */
export async function openAppDirectory(bus: Bus): Promise<AppDirectory> {
  const vendors = new Map<AppId, ReadonlySet<VendorName>>();
  const apps = await openApps(bus, {
    configured: ({ app, vendors: settings }) =>
      vendors.set(app, new Set(vendorNames.filter((name) => settings[name] !== undefined))),
    removed: (app) => vendors.delete(app),
  });
  return { vendorsOf: (app) => vendors.get(app) ?? null, stop: () => apps.stop() };
}
