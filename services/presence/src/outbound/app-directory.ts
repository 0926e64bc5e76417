import { openAppDirectory as openApps } from '@reveille/bus/app-directory';
import type { Bus } from '@reveille/bus/connect';
import type { AppSettings } from '@reveille/contracts/app/events';
import type { AppId } from '@reveille/contracts/ids';
import { vendorNames } from '@reveille/contracts/push/vendor';
import type { Apps, AppVendors } from '../ports.js';

export interface AppDirectory extends Apps {
  stop(): void;
}

/** What each app's settings say about its vendors. Resolves when all that is in APPS is known. */
export async function openAppDirectory(bus: Bus): Promise<AppDirectory> {
  const known = new Map<AppId, AppVendors>();
  const apps = await openApps(bus, {
    configured: ({ app, vendors }) => known.set(app, vendorsOf(vendors)),
    removed: (app) => known.delete(app),
  });
  return { find: (app) => known.get(app) ?? null, stop: () => apps.stop() };
}

const vendorsOf = (vendors: AppSettings['vendors']): AppVendors => ({
  names: new Set(vendorNames.filter((name) => vendors[name] !== undefined)),
  bundles: new Set(vendors.apns === undefined ? [] : [vendors.apns.bundleId, ...vendors.apns.otherBundleIds]),
});
